import { ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { NOT_ACCEPTABLE_DETAIL, NOTIFICATION_TYPES, preferredType } from '../../sdk/contracts/media-type.ts';
import { type AppError, invalid, problem } from '../../platform/kernel/errors.ts';
import {
  type Call,
  createHttpService,
  type HttpServiceOptions,
  serve,
  type HttpService,
} from '../../platform/http/service.ts';
import { type Incoming, requireOwnBody } from '../../platform/http/request.ts';
import type { CreditAnalysis } from '../../sdk/contracts/credit.ts';
import type { Database } from '../../platform/data/sql.ts';
import type { Acceptance } from '../../underwriting/offer.ts';
import type { NotificationFeed } from './notifications/follow-notifications.ts';
import type { Idempotency } from './idempotency/idempotency.ts';
import { selectNotifications } from './notifications/notification-store.ts';
import { useTicket } from './notifications/ticket-store.ts';
import { selectOffer, selectOffers } from './offers/offer-store.ts';
import type { LoginLimits } from './accounts/login-limits.ts';
import type { SignIn } from './accounts/sign-in.ts';
import { selectEmotionSummary } from './accounts/account-store.ts';

interface CreditFlows {
  signIn: SignIn;
  loginLimits: LoginLimits;
  analyzeCredit(userId: string, traceId: string): Promise<CreditAnalysis>;
  acceptOffer(offerId: string, userId: string, traceId: string): Promise<Acceptance>;
  notifications: NotificationFeed;
  idempotency: Idempotency;
  database: Database;
}

export function createRoutes(options: HttpServiceOptions, flows: CreditFlows): HttpService {
  const service = createHttpService(options);
  serveSignIn(service, flows);
  serveOffers(service, flows);
  serveHistory(service, flows);
  return service;
}

function serveSignIn(service: HttpService, { signIn, loginLimits, idempotency }: CreditFlows): void {
  serve(service, ENDPOINTS.register, (call) => {
    const from = call.clientAddress();
    const register = () =>
      idempotency.once(call, 200, async () => ({ ...(await signIn.register(call.body, from)) }));
    // A key that was used before tells whether the password is the same: it is a guess like a login.
    return call.idempotencyKey === null ? register() : loginLimits.attempt(call.body.email, from, register);
  });
  serve(service, ENDPOINTS.login, (call) => {
    const from = call.clientAddress();
    return loginLimits.attempt(call.body.email, from, () =>
      idempotency.once(call, 200, () => signIn.logIn(call.body, from), { isByBody: true }),
    );
  });
}

function serveOffers(service: HttpService, flows: CreditFlows): void {
  const { database, idempotency } = flows;

  serve(service, ENDPOINTS.analyzeCredit, (call) =>
    idempotency.once(call, 200, () => flows.analyzeCredit(customerOf(call), call.traceId)),
  );

  serve(service, ENDPOINTS.listOffers, async (call) => {
    const { page = 1, page_size = 10 } = call.query;
    const offers = await selectOffers(database, customerOf(call), { number: page, size: page_size });
    return { total: offers.total, page, page_size, items: offers.items };
  });

  serve(service, ENDPOINTS.getOffer, async (call) => {
    const offer = await selectOffer(database, call.params.offer_id, customerOf(call));
    if (!offer) throw offerNotFound();
    return { ...offer };
  });

  serve(service, ENDPOINTS.acceptOffer, (call) => {
    requireOwnBody(call.principal, call.body.userId);
    const offerId = call.params.offer_id;
    return idempotency.once(call, 202, async () => {
      const acceptance = await flows.acceptOffer(offerId, customerOf(call), call.traceId);
      if (acceptance === 'not_found') throw offerNotFound();
      if (acceptance === 'expired') throw problem('offer_expired');
      return Response.json(
        { status: 'offer acceptance is being processed', offer_id: offerId },
        { status: 202, headers: { location: `/v1/credit-offers/${offerId}`, 'cache-control': 'no-store' } },
      );
    });
  });
}

function serveHistory(service: HttpService, { database, notifications, idempotency }: CreditFlows): void {
  serve(service, ENDPOINTS.listNotifications, async (call) => {
    const { cursor = 0, page_size = 20 } = call.query;
    const { userId, tokenExpiresAtMs, ticket } = principalOf(call);
    const isStream = prefersEvents(call.request);
    const after = isStream ? (lastEventIdOf(call.request) ?? cursor) : cursor;
    if (ticket && !(await useTicket(database, ticket))) {
      throw problem('ticket_used');
    }
    if (isStream) {
      return notifications.follow({ userId, after, untilMs: tokenExpiresAtMs, signal: call.request.signal });
    }
    const [items, last_position] = await Promise.all([
      selectNotifications(database, userId, { after, size: page_size + 1 }),
      notifications.newestPosition(userId),
    ]);
    const page = items.slice(0, page_size);
    const next_cursor = items.length > page_size ? (page.at(-1)?.position ?? null) : null;
    return { items: page, next_cursor, last_position };
  });

  serve(service, ENDPOINTS.createTicket, (call) =>
    idempotency.once(call, 200, async () => {
      const { userId, tokenExpiresAtMs } = principalOf(call);
      const holder = { userId, expiresAtMs: tokenExpiresAtMs };
      const { ticket, expiresInSeconds } = await service.options.keys.tokens.signTicket(holder);
      return { ticket, expires_in: expiresInSeconds };
    }),
  );

  serve(service, ENDPOINTS.emotionSummary, async (call) => {
    const { days = 30 } = call.query;
    const userId = customerOf(call);
    return { user_id: userId, days, items: await selectEmotionSummary(database, userId, days) };
  });
}

/** The customer that the token names; these endpoints take nobody else. */
function customerOf(call: Call): string {
  return principalOf(call).userId;
}

function principalOf({ principal }: Call) {
  if (principal.kind !== 'customer') throw problem('missing_token');
  return principal;
}

function offerNotFound(): AppError {
  return problem('offer_not_found');
}

/** Whether the client prefers a stream of events to a page. Throws AppError 406 when it takes neither. */
function prefersEvents(request: Incoming): boolean {
  const preferred = preferredType(request.headers.get('accept'), NOTIFICATION_TYPES);
  if (preferred === undefined) throw problem('not_acceptable', { detail: NOT_ACCEPTABLE_DETAIL });
  return preferred === 'text/event-stream';
}

function lastEventIdOf(request: Incoming): number | undefined {
  const position = request.headers.get('last-event-id');
  if (position === null || position === '') return undefined;
  if (/^\d{1,15}$/.test(position)) return Number(position);
  throw invalid([{ path: '/header/Last-Event-ID', message: 'must be the id of an event of this stream' }]);
}
