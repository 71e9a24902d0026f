import type { Database } from '../../platform/data/sql.ts';
import type { Failpoint } from '../../platform/kernel/failpoint.ts';
import type { Lifecycle } from '../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../platform/kernel/log.ts';
import { createWaker } from '../../platform/kernel/waker.ts';
import { type SecretBox, signWebhook } from '../../platform/webhooks/webhook-secret.ts';
import {
  type AttemptEntry,
  type Claim,
  claimLanes,
  endEmptyClaim,
  markDelivered,
  markFailed,
} from './delivery-store.ts';
import type { Attempt, SendWebhook } from './send-webhook.ts';
import { monotonicMs } from '../../platform/kernel/monotonic-ms.ts';

export type Outcome = 'delivered' | 'failed' | 'given_up';

/** The attempts under way at one endpoint, of each worker: a slow receiver holds up no more. */
const PER_ENDPOINT = 8;
const POLL_MS = 500;
const RETRY_MS = 1000;
const GONE = 410;

interface Deps {
  database: Database;
  secrets: SecretBox;
  send: SendWebhook;
  onOutcome: (outcome: Outcome) => void;
  lifecycle: Lifecycle;
  log: Logger;
  failpoint: Failpoint;
}

/**
 * Delivers all that is due until the process drains: claims lanes, and sends the first delivery of each. A
 * lane has one attempt at a time, so that a customer's events arrive in order. Returns the function that
 * makes it look for due lanes at once.
 */
export function startDeliveries(deps: Deps): { wake(): void } {
  const { database, lifecycle, log } = deps;
  const busy = countPerEndpoint();
  const underWay = new Set<Promise<void>>();
  const { wake, listen } = createWaker(lifecycle.signal);

  const attempt = async (claim: Claim): Promise<void> => {
    busy.begin(claim.endpointId);
    try {
      await attemptDelivery(deps, claim);
    } catch (error) {
      // The claim expires, and the delivery is sent again.
      log.warn(errorFields(error), 'cannot keep the outcome of a delivery');
    } finally {
      busy.end(claim.endpointId);
      wake();
    }
  };
  // A loop of its own: its end waits for the attempts under way, whichever claim was the last.
  const loop = async (): Promise<void> => {
    while (!lifecycle.signal.aborted) {
      const wait = listen();
      let waitMs = POLL_MS;
      try {
        for (const claim of await claimLanes(database, { busy: busy.counts, perEndpoint: PER_ENDPOINT })) {
          const running = attempt(claim).finally(() => underWay.delete(running));
          underWay.add(running);
        }
      } catch (error) {
        waitMs = RETRY_MS;
        log.debug(errorFields(error), 'cannot look for deliveries');
      }
      await wait(waitMs);
    }
    await Promise.all(underWay);
  };
  const running = loop();
  lifecycle.onDrain('deliveries of webhooks', () => running);
  return { wake };
}

/** Counts the attempts under way at each endpoint; one without any has no entry. */
function countPerEndpoint() {
  const counts = new Map<string, number>();
  return {
    counts,
    begin: (endpointId: string) => void counts.set(endpointId, (counts.get(endpointId) ?? 0) + 1),
    end(endpointId: string) {
      const remaining = (counts.get(endpointId) ?? 0) - 1;
      if (remaining > 0) counts.set(endpointId, remaining);
      else counts.delete(endpointId);
    },
  };
}

/** Sends the first delivery of a claimed lane, and stores the outcome. */
async function attemptDelivery(deps: Deps, claim: Claim): Promise<void> {
  const { database, onOutcome, failpoint } = deps;
  const { delivery } = claim;
  if (!delivery) return endEmptyClaim(database, claim);
  const at = new Date();
  const startedMs = monotonicMs();
  const attempt = await sendSigned(deps, claim, delivery, at);
  failpoint('webhook.sent');
  const entry: AttemptEntry = { at: at.toISOString(), ms: monotonicMs() - startedMs, ...attempt };
  if (isSuccess(attempt)) {
    await markDelivered(database, claim, delivery.id, entry);
    onOutcome('delivered');
    return;
  }
  const state = await markFailed(database, claim, delivery.id, {
    entry,
    delaySeconds: delayAfter(claim.failures),
    isGone: attempt.status === GONE,
  });
  onOutcome(state === 'given_up' ? 'given_up' : 'failed');
}

const isSuccess = ({ status }: Attempt) => status !== null && status >= 200 && status < 300;

async function sendSigned(
  { secrets, send }: Pick<Deps, 'secrets' | 'send'>,
  { url, secrets: sealed }: Claim,
  { eventId, payload }: NonNullable<Claim['delivery']>,
  at: Date,
): Promise<Attempt> {
  let opened: string[];
  try {
    opened = sealed.map(secrets.open);
  } catch (error) {
    return { status: null, error: error instanceof Error ? error.message : 'no secret', response: '' };
  }
  const signature = signWebhook({ id: eventId, payload, at }, opened);
  const headers = { 'content-type': 'application/json', 'user-agent': 'ecs-webhooks', ...signature };
  return send({ url, headers, body: payload });
}

const DELAY_SECONDS_MAX = 60 * 60;

/** Returns one second, doubled by each failure up to an hour, with up to half of it taken off at random. */
export function delayAfter(failures: number): number {
  const full = Math.min(DELAY_SECONDS_MAX, 2 ** Math.min(failures, 20));
  return full * (0.5 + Math.random() / 2);
}
