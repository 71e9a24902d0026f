import { PATHS } from '../contracts/paths.ts';
import type { Notification, NotificationPage, NotificationTicket } from '../contracts/notification.ts';
import { EcsConnectionError, EcsError } from '../core/errors.ts';
import { createListing, type Listing } from './listing.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import { readEvents } from '../core/read-events.ts';
import type { ServerSentEvent } from '../core/sse.ts';
import { jitter, pause } from '../core/timing.ts';
import type { Transport } from '../core/transport.ts';

export interface SubscribeOptions {
  /** Only notifications after this `position`. Default 0: everything, from the first one on. */
  after?: number;
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
  ticket(userId: string, options?: WriteOptions): Promise<NotificationTicket>;
}

export function createNotifications(transport: Transport): Notifications {
  return {
    list(userId, options = {}) {
      const { cursor: start, page_size, ...call } = options;
      const requestPage = (cursor: number | undefined): Promise<NotificationPage> =>
        transport.request({
          method: 'GET',
          path: PATHS.listNotifications,
          params: { user_id: userId },
          query: { cursor, page_size },
          options: call,
        });
      const next = ({ next_cursor }: NotificationPage) =>
        next_cursor === null ? null : requestPage(next_cursor);
      return createListing(requestPage(start), ({ items }) => items, next);
    },

    subscribe: (userId, options = {}) => follow(transport, userId, options),

    ticket: (userId, options = {}) =>
      transport.request({
        method: 'POST',
        path: PATHS.createTicket,
        params: { user_id: userId },
        options,
      }),
  };
}

/**
 * connecting --response--> connected --end, error or silence--> waiting --backoff--> connecting
 *
 * `position` is the place in the customer's own sequence: one not beyond the last was seen already.
 */
async function* follow(
  transport: Transport,
  userId: string,
  options: SubscribeOptions,
): AsyncGenerator<Notification, void, void> {
  const ending = new AbortController();
  const { signal } = ending;
  const leave = () => ending.abort();
  if (options.signal?.aborted) leave();
  else options.signal?.addEventListener('abort', leave, { once: true });
  let last = options.after ?? 0;
  let failures = 0;
  let serverRetryMs: number | null = null;
  try {
    while (!signal.aborted) {
      let cause: EcsError | undefined;
      try {
        const response = await transport.open({
          path: PATHS.listNotifications,
          params: { user_id: userId },
          headers: { 'last-event-id': String(last) },
          signal,
        });
        options.onState?.('connected');
        const events = readEvents(response, signal, (retryMs) => {
          failures = 0;
          serverRetryMs = retryMs;
        });
        for await (const event of events) {
          if (event.event === 'reset') {
            last = readPosition(event);
            options.onReset?.(last);
          }
          const notification = readNotification(event);
          if (notification === null || notification.position <= last) continue;
          last = notification.position;
          yield notification;
        }
      } catch (error) {
        if (signal.aborted) return;
        cause = toEcsError(error);
        if (!cause.retryable) throw cause;
      }
      if (signal.aborted) return;
      failures += 1;
      options.onState?.('reconnecting', cause);
      const waitMs = Math.max(
        cause?.retryAfterMs ?? 0,
        serverRetryMs ?? 0,
        jitter(transport.backoffMs, failures),
      );
      await pause(waitMs, signal).catch(() => {});
    }
  } finally {
    options.signal?.removeEventListener('abort', leave);
    leave();
  }
}

/** The place that the server has; throws EcsError `bad_response` for none. */
function readPosition({ data }: ServerSentEvent): number {
  try {
    const { position } = JSON.parse(data) as { position?: unknown };
    if (typeof position === 'number') return position;
  } catch {
    // Thrown below.
  }
  throw new EcsError('the event stream sent a reset without a position', { code: 'bad_response' });
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
  throw new EcsError('the event stream sent something that is not a notification', { code: 'bad_response' });
}

function toEcsError(error: unknown): EcsError {
  if (error instanceof EcsError) return error;
  const why = error instanceof Error ? error.message : String(error);
  const fields = { code: 'connection_failed', retryable: true };
  return new EcsConnectionError(`the event stream broke off: ${why}`, fields, error);
}
