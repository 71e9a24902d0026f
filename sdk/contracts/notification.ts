import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';
import { Closed, LIMITS, Timestamp, Uuid } from './common.ts';
import { defineEndpoints, OWNER, response } from './endpoint.ts';
import { EXAMPLE } from './examples.ts';

export const NotificationType = Type.Union([
  Type.Literal('CREDIT_LIMIT_APPLIED'),
  Type.Literal('CREDIT_DENIED'),
  Type.Literal('CREDIT_LIMIT_CLOSED'),
  Type.Literal('REVIEW_DECIDED'),
]);
export type NotificationType = Static<typeof NotificationType>;

export const Notification = Closed({
  notification_id: Uuid,
  position: Type.Integer({
    minimum: 1,
    description:
      "SSE event id and page cursor: 1, 2, 3, … of the user's notifications; a gap after a restore alone",
  }),
  type: NotificationType,
  title: Type.String(),
  message: Type.String(),
  offer_id: Type.Union([Uuid, Type.Null()], {
    description: 'null for CREDIT_DENIED, and REVIEW_DECIDED of an upheld denial',
  }),
  analysis_id: Type.Union([Uuid, Type.Null()], {
    description: 'of CREDIT_DENIED, and the denial of REVIEW_DECIDED; else null',
  }),
  created_at: Timestamp,
});
export type Notification = Static<typeof Notification>;

export const NotificationsQuery = Closed({
  /** `next_cursor` of the page before; the first page without it. */
  cursor: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 })),
  page_size: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageSizeMax, default: 20 })),
  ticket: Type.Optional(
    Type.String({ maxLength: 2048, description: 'in place of a token, for an event stream; used once' }),
  ),
});
export type NotificationsQuery = Static<typeof NotificationsQuery>;

export const NotificationPage = Closed({
  items: Type.Array(Notification),
  next_cursor: Type.Union([Type.Integer(), Type.Null()], {
    description: 'null when there is nothing more yet',
  }),
  last_position: Type.Integer({
    minimum: 0,
    description:
      'of the newest notification; below your cursor, begin again from it: the place is not known here',
  }),
});
export type NotificationPage = Static<typeof NotificationPage>;

export const NotificationTicket = Closed({
  ticket: Type.String({ description: 'for `?ticket=` of one event stream, such as of `EventSource`' }),
  expires_in: Type.Integer({ minimum: 1, description: 'seconds' }),
});
export type NotificationTicket = Static<typeof NotificationTicket>;

const NOTIFICATION_EXAMPLE: Notification = {
  notification_id: '0198f3a4-0a00-7d55-9c3e-7a1b2c3d4e5f',
  position: 1,
  type: 'CREDIT_LIMIT_APPLIED',
  title: 'Your credit limit is active',
  message: 'A credit limit of 8200.00 is ready to use.',
  offer_id: EXAMPLE.offerId,
  analysis_id: null,
  created_at: '2026-11-23T09:32:10.000Z',
};

export const NOTIFICATION_ENDPOINTS = defineEndpoints({
  listNotifications: {
    method: 'GET',
    path: '/v1/users/{user_id}/notifications',
    summary: "The customer's notifications: cursor pages, or live with Accept: text/event-stream",
    tag: 'notifications',
    auth: 'bearer-or-ticket',
    service: 'credit',
    priority: 'normal',
    params: { user_id: OWNER },
    query: NotificationsQuery,
    response: {
      ...response(200, NotificationPage, 'One page, oldest first, or a stream of server-sent events', {
        items: [NOTIFICATION_EXAMPLE],
        next_cursor: null,
        last_position: 1,
      }),
      eventStream:
        `id: 1\nevent: notification\ndata: ${JSON.stringify(NOTIFICATION_EXAMPLE)}\n\n` +
        `: heartbeat\n\nevent: end\ndata: {"reason":"token_expired"}\n\n`,
    },
    problems: ['not_acceptable', 'too_many_streams'],
  },
  createTicket: {
    method: 'POST',
    path: '/v1/users/{user_id}/notifications/ticket',
    summary: 'A ticket for one event stream, for a client that can send no header, such as EventSource',
    tag: 'notifications',
    auth: 'bearer',
    service: 'credit',
    priority: 'normal',
    params: { user_id: OWNER },
    response: response(200, NotificationTicket, 'The ticket, to be used once', {
      ticket: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl',
      expires_in: 30,
    }),
    problems: [],
  },
});
