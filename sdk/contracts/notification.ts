import { type Static, Type } from '@sinclair/typebox';
import { Closed, LIMITS, Timestamp, Uuid } from './common.ts';

export const NotificationType = Type.Literal('CREDIT_LIMIT_APPLIED');

export const Notification = Closed({
  notification_id: Uuid,
  position: Type.Integer({
    minimum: 1,
    description: "place in the user's own sequence, from 1, without gaps: SSE event id and page cursor",
  }),
  type: NotificationType,
  title: Type.String(),
  message: Type.String(),
  offer_id: Uuid,
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
