import type { PartnerScope } from '../contracts/partner-scopes.ts';
import { checkOptions } from '../core/check-options.ts';
import { EcsArgumentError } from '../core/errors.ts';
import { nameOf } from '../core/json.ts';
import { uuidv7 } from '../core/uuid.ts';
import { addUser, createAccounts, issueToken } from './accounts.ts';
import { createConsents } from './consents.ts';
import { activate, createCredit } from './credit.ts';
import { createDecisions } from './decisions.ts';
import { createRequestHandler } from './request-handler.ts';
import { createIngestion } from './ingestion.ts';
import { createHistory } from './notifications.ts';
import { createFakeState, type StoredEmotion, type StoredTransaction } from './state.ts';
import { addPartner, createPartners } from './partners.ts';
import { createPrivacy } from './privacy.ts';
import { FAILURE_OPTIONS, FAKE_OPTIONS } from './fake-options.ts';
import { createFaultInjection, type Failure } from './fault-injection.ts';

export interface FakeEcsOptions {
  /** Milliseconds since 1970. Default: the real clock. */
  now?: (() => number) | undefined;
  /** Default `fake-internal-key`. */
  internalKey?: string | undefined;
  /** From the acceptance of an offer to its activation. Default 0; Infinity waits for `activate`. */
  activationMs?: number | undefined;
}

export interface FakeCustomer {
  userId: string;
  email: string;
  password: string;
  token: string;
}

export interface FakePartnerCredentials {
  clientId: string;
  clientSecret: string;
}

/** A request as the fake got it. */
export interface FakeRequest {
  method: string;
  path: string;
  /** Null when it got no response. */
  status: number | null;
}

export interface FakeEcs {
  /** For `new EcsClient({ baseUrl: fake.baseUrl, fetch: fake.fetch, … })`. */
  readonly baseUrl: string;
  readonly fetch: (url: string | URL | Request, init?: RequestInit) => Promise<Response>;
  readonly internalKey: string;
  /** A registered customer with a token. */
  newCustomer(email?: string): FakeCustomer;
  /** A partner with these scopes, by default all: its credentials are options of the client. */
  newPartner(scopes?: readonly PartnerScope[]): FakePartnerCredentials;
  /**
   * The score of the customer's next analyses, 0 to 1: above 0.6 is denied. Null gives it back to the
   * scorecard. Throws EcsArgumentError for another score or customer.
   */
  setRiskScore(userId: string, score: number | null): void;
  /** Makes an accepted offer active, and notifies its customer. Throws EcsArgumentError for no offer. */
  activate(offerId: string): void;
  /** Moves the clock on: tokens expire after an hour, offers after 7 days. Throws EcsArgumentError. */
  advance(ms: number): void;
  /** The next requests fail, each failure in its turn. */
  failNext(failure?: Failure): void;
  /** Every request fails without a connection, until it is false again. Open event streams break off. */
  setOffline(offline: boolean): void;
  /** Ends the open event streams, as a restart of the API does. */
  cutStreams(): void;
  /** Returns the stored events of a customer, each once, in the order of arrival. */
  eventsOf(userId: string): { emotions: StoredEmotion[]; transactions: StoredTransaction[] };
  /** All requests so far. */
  readonly requests: FakeRequest[];
}

/**
 * The API in memory, for tests: the same problems, decisions and states, and no process to start. It
 * leaves out quotas, overload, and the moment between a 202 and the event being stored.
 *
 * @example
 * const fake = createFakeEcs();
 * const { userId, token } = fake.newCustomer();
 * const ecs = new EcsClient({ baseUrl: fake.baseUrl, fetch: fake.fetch, token });
 */
export function createFakeEcs(options?: FakeEcsOptions): FakeEcs {
  const {
    internalKey = 'fake-internal-key',
    activationMs = 0,
    now = Date.now,
  } = checkOptions(options, FAKE_OPTIONS);
  let aheadMs = 0;
  const state = createFakeState(() => now() + aheadMs);
  const faults = createFaultInjection();
  const requests: FakeRequest[] = [];
  const serve = createRequestHandler(state, internalKey, {
    ...createAccounts(state),
    ...createIngestion(state),
    ...createCredit(state, activationMs),
    ...createDecisions(state),
    ...createHistory(state),
    ...createPrivacy(state),
    ...createConsents(state),
    ...createPartners(state),
  });

  const cutStreams = () => {
    for (const stream of state.streams) stream.cut();
  };
  const isOf =
    (userId: string) =>
    (event: { userId: string }): boolean =>
      event.userId === userId;

  return {
    baseUrl: 'http://ecs.test',
    internalKey,
    requests,
    cutStreams,

    async fetch(url, init) {
      const request = new Request(url, init);
      request.signal.throwIfAborted();
      const entry: FakeRequest = {
        method: request.method,
        path: new URL(request.url).pathname,
        status: null,
      };
      requests.push(entry);
      const response = await faults.apply(request, () => serve(request));
      entry.status = response.status;
      return response;
    },

    newCustomer(email = `${uuidv7()}@example.com`) {
      const password = uuidv7();
      const { id } = addUser(state, { email, password });
      return { userId: id, email, password, token: issueToken(state, id) };
    },

    newPartner: (scopes) => addPartner(state, scopes),

    setRiskScore(userId, score) {
      requireNumber('the score', score ?? 0, 1);
      if (!state.users.has(userId)) throw new EcsArgumentError(`the fake has no customer ${userId}`);
      if (score === null) state.riskScores.delete(userId);
      else state.riskScores.set(userId, score);
      state.latestAnalyses.delete(userId);
    },

    activate(offerId) {
      const isThere = state.offers.some(({ offer_id }) => offer_id === offerId);
      if (!isThere) throw new EcsArgumentError(`the fake has no offer ${offerId}`);
      activate(state, offerId);
    },
    advance(ms) {
      requireNumber('the time', ms, Number.MAX_SAFE_INTEGER);
      aheadMs += ms;
    },
    failNext: (failure) => faults.inject(checkOptions(failure, FAILURE_OPTIONS)),
    setOffline(offline) {
      faults.setOffline(offline);
      if (offline) cutStreams();
    },
    eventsOf: (userId) => ({
      emotions: [...state.emotions.values()].filter(isOf(userId)),
      transactions: [...state.transactions.values()].filter(isOf(userId)),
    }),
  };
}

function requireNumber(name: string, value: number, most: number): void {
  if (typeof value === 'number' && value >= 0 && value <= most) return;
  throw new EcsArgumentError(`${name} must be a number from 0 to ${most}, not ${nameOf(value)}`);
}
