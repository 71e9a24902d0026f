import * as PATHS from '../contracts/paths.ts';
import type { Notification, NotificationPage, NotificationTicket } from '../contracts/notification.ts';
import type { ApiCall } from '../core/api-call.ts';
import { checkOptions, optionsOf, SUBSCRIBE_OPTIONS } from '../core/check-options.ts';
import { type EcsError, EcsResponseError } from '../core/errors.ts';
import { followEvents } from '../core/follow-events.ts';
import { createListing, type Listing } from './listing.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { ServerSentEvent } from '../core/sse.ts';
import type { Transport } from '../core/transport.ts';

export interface SubscribeOptions {
  /** Only notifications after this `position`. Default 0: everything, from the first one on. */
  after?: number | undefined;
  /**
   * The pause between two polls, where a response cannot be read as it comes: in React Native, and behind a
   * proxy that waits for its end. Default 5,000.
   */
  pollMs?: number | undefined;
  /** Ends the subscription; the iteration ends without an error. */
  signal?: AbortSignal | undefined;
  /** Called at every connection and every loss of one. */
  onState?: ((state: 'connected' | 'reconnecting', cause?: EcsError) => void) | undefined;
  /**
   * Called when the server has not reached the requested place, as after a restore of its database: the
   * stream then begins after `position`, and may repeat notifications.
   */
  onReset?: ((position: number) => void) | undefined;
}

export interface NotificationListOptions extends CallOptions {
  /** The `next_cursor` of the page before. Default 0: from the first one on. */
  cursor?: number | undefined;
  /** 1 to 100. Default 20. */
  page_size?: number | undefined;
}

export interface Notifications {
  /**
   * The customer's notifications, oldest first: one page when it is awaited, all of them with `for await`.
   *
   * @example
   * const { items, next_cursor } = await ecs.notifications.list(userId);
   * for await (const notification of ecs.notifications.list(userId)) console.log(notification.title);
   */
  list(userId: string, options?: NotificationListOptions): Listing<NotificationPage, Notification>;
  /**
   * The customer's notifications as they happen, over server-sent events, each once and in order: a lost
   * connection is made again, from where it broke off. Ends at `signal` or when the loop is left.
   *
   * @example
   * for await (const notification of ecs.notifications.subscribe(userId)) console.log(notification.title);
   * @throws AuthenticationError, NotFoundError and other errors that no retry would change
   */
  subscribe(userId: string, options?: SubscribeOptions): AsyncGenerator<Notification, void, void>;
  /**
   * A ticket for one event stream of a client that can send no header, such as `EventSource` in a browser:
   * used once, within `expires_in` seconds.
   *
   * @example
   * const { ticket } = await ecs.notifications.ticket(userId);
   * new EventSource(`${baseUrl}/v1/users/${userId}/notifications?ticket=${ticket}`);
   */
  ticket(userId: string, options?: WriteOptions): ApiCall<NotificationTicket>;
}

const POLL_MS = 5_000;
const POLL_PAGE_SIZE = 100;

export function createNotifications(transport: Transport): Notifications {
  const requestPage = (
    userId: string,
    listOptions: NotificationListOptions | undefined,
    next?: number,
  ): ApiCall<NotificationPage> =>
    transport.request(() => {
      const { cursor, page_size, ...options } = optionsOf(listOptions, 'cursor', 'page_size');
      return {
        method: 'GET',
        path: PATHS.listNotifications,
        params: { user_id: userId },
        query: { cursor: next ?? cursor, page_size },
        options,
        expected: { items: 'array' },
      };
    });

  return {
    list(userId, options) {
      const request = (cursor?: number) => requestPage(userId, options, cursor);
      return createListing(request(), ({ next_cursor }: NotificationPage) => next_cursor, request);
    },

    /** `last` is the place in the customer's own sequence: one not beyond it was seen already. */
    async *subscribe(userId, options) {
      const {
        after = 0,
        pollMs = POLL_MS,
        signal,
        onState,
        onReset,
      } = checkOptions(options, SUBSCRIBE_OPTIONS);
      let last = after;
      const reset = (position: number) => {
        last = position;
        onReset?.(last);
      };
      const takeNew = (notifications: Notification[]) =>
        notifications.filter(({ position }) => {
          const isNew = position > last;
          if (isNew) last = position;
          return isNew;
        });

      yield* followEvents<Notification>(transport, {
        path: PATHS.listNotifications,
        params: { user_id: userId },
        headers: () => ({ 'last-event-id': String(last) }),
        read(event) {
          if (event.event === 'reset') reset(readPosition(event));
          const notification = readNotification(event);
          return notification === null ? [] : takeNew([notification]);
        },
        async *poll(pollSignal) {
          for (let cursor: number | null = last; cursor !== null; ) {
            const call = { page_size: POLL_PAGE_SIZE, signal: pollSignal };
            const page: NotificationPage = await requestPage(userId, call, cursor);
            if (page.last_position < last) reset(page.last_position);
            // Given away before the next page is asked for, which may fail.
            const items = takeNew(page.items);
            yield items;
            cursor = items[0] ? page.next_cursor : null;
          }
        },
        pollMs,
        signal,
        onState,
      });
    },

    ticket: (userId, options) =>
      transport.request({
        method: 'POST',
        path: PATHS.createTicket,
        params: { user_id: userId },
        options,
      }),
  };
}

/** The place that the server has; throws EcsError `bad_response` for none. */
function readPosition({ data }: ServerSentEvent): number {
  try {
    const { position } = JSON.parse(data) as { position?: unknown };
    if (typeof position === 'number') return position;
  } catch {
    // Thrown below.
  }
  throw new EcsResponseError('the event stream sent a reset without a position', { code: 'bad_response' });
}

/** Null for events of kinds that this version does not know. */
function readNotification(event: ServerSentEvent): Notification | null {
  if (event.event !== 'notification') return null;
  try {
    const value = JSON.parse(event.data) as Notification | null;
    if (typeof value?.position === 'number') return value;
  } catch {
    // Said below.
  }
  throw new EcsResponseError('the event stream sent a notification without a position', {
    code: 'bad_response',
  });
}
