import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { NOTIFICATION_TYPES } from '../../../sdk/contracts/media-type.ts';
import { placeOf } from '../../../sdk/contracts/notification-place.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { invalid, problem } from '../../../platform/kernel/errors.ts';
import { requireCustomer } from '../../../platform/http/principal.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { toListPage } from '../../../platform/http/list-page.ts';
import { prefersEvents } from '../../../platform/http/event-stream.ts';
import type { Tokens } from '../../../platform/http/token.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import type { NotificationFeed } from './follow-notifications.ts';
import { selectNotifications } from './notification-store.ts';
import { useTicket } from './ticket-store.ts';

export interface NotificationFlows {
  notifications: NotificationFeed;
  tokens: Tokens;
  idempotency: Idempotency;
  database: Database;
}

export function notificationRoutes(plugin: Contract, flows: NotificationFlows) {
  const { database, notifications, idempotency, tokens } = flows;
  const { listNotifications, createTicket } = ENDPOINTS;
  return new Elysia({ name: 'notifications' })
    .use(plugin)
    .get(
      elysiaPath(listNotifications.path),
      async ({ call, query }) => {
        const { userId, tokenExpiresAtMs, ticket } = requireCustomer(call.principal);
        const isStream = prefersEvents(call.request, NOTIFICATION_TYPES);
        const { after, faults } = placeOf(isStream, query, call.request.headers.get('last-event-id'));
        if (faults) throw invalid(faults);
        if (ticket && !(await useTicket(database, ticket.id))) throw problem('ticket_used');
        if (isStream) {
          const { signal } = call.request;
          const address = call.clientAddress();
          return notifications.follow({ userId, address, after, untilMs: tokenExpiresAtMs, signal });
        }
        const { page_size = 20 } = query;
        const [rows, last_position] = await Promise.all([
          selectNotifications(database, userId, { after, size: page_size + 1 }),
          notifications.newestPosition(userId),
        ]);
        return { ...toListPage(rows, page_size, ({ position }) => position), last_position };
      },
      contract(listNotifications),
    )
    .post(
      elysiaPath(createTicket.path),
      async ({ call }) =>
        idempotency.once(call, 200, async () => {
          const { userId, tokenExpiresAtMs } = requireCustomer(call.principal);
          const holder = { userId, expiresAtMs: tokenExpiresAtMs };
          const { ticket, expiresInSeconds } = await tokens.signTicket(holder);
          return { ticket, expires_in: expiresInSeconds };
        }),
      contract(createTicket),
    );
}
