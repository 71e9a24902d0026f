import type { Notification } from '../../../sdk/contracts/notification.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import { unavailable } from '../../../platform/kernel/errors.ts';
import { type Lifecycle, pause } from '../../../platform/kernel/lifecycle.ts';
import type { Logger } from '../../../platform/kernel/log.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { TOPICS } from '../../../platform/messaging/topology.ts';
import { selectNotifications } from './notification-store.ts';

/**
 * Live notifications as server-sent events. The rows are the truth and a place in the user's sequence is the
 * event id, so a client that reconnects with `Last-Event-ID` has neither a gap nor a duplicate. The broker's
 * message only wakes the stream up; without it the next heartbeat finds the row.
 */
export interface NotificationFeed {
  /** The stream of what comes after a place; ends when the client goes or the process drains. */
  follow(userId: string, after: number, signal: AbortSignal): Response;
  open(): number;
}

const HEARTBEAT_MS = 10_000;
const ROWS_PER_READ = 100;
const STREAMS_MAX = 5000;
const WATCH_RETRY_MS = 100;

export function createNotificationFeed(deps: {
  database: Database;
  bus: Bus;
  lifecycle: Lifecycle;
  log: Logger;
}): NotificationFeed {
  const { database, lifecycle, log } = deps;
  const sleepers = new Map<string, Set<() => void>>();
  let streams = 0;

  const wakeAll = (sleeping: Iterable<() => void>) => {
    for (const wake of sleeping) wake();
  };
  void watchNotifications(deps.bus, lifecycle.signal, {
    of: (userId) => wakeAll(sleepers.get(userId) ?? []),
    ofAll: () => wakeAll([...sleepers.values()].flatMap((waiting) => [...waiting])),
  });

  /** Resolves at the user's next notification, or when it is time for a heartbeat. */
  const nextNews = async (userId: string, signal: AbortSignal): Promise<void> => {
    const woken = new AbortController();
    const wake = () => woken.abort();
    const waiting = sleepers.get(userId) ?? new Set();
    sleepers.set(userId, waiting.add(wake));
    await pause(HEARTBEAT_MS, AbortSignal.any([woken.signal, signal]));
    waiting.delete(wake);
    if (waiting.size === 0 && sleepers.get(userId) === waiting) sleepers.delete(userId);
  };

  async function* events(userId: string, after: number, signal: AbortSignal): AsyncGenerator<string> {
    let last = after;
    yield ': connected\n\n';
    while (!signal.aborted) {
      // Listening starts before reading, so that nothing slips between the two.
      const news = nextNews(userId, signal);
      const rows = await selectNotifications(database, userId, { after: last, size: ROWS_PER_READ });
      for (const row of rows) yield toServerSentEvent(row);
      last = rows.at(-1)?.position ?? last;
      if (rows.length === ROWS_PER_READ) continue;
      await news;
      yield ': heartbeat\n\n';
    }
  }

  return {
    follow(userId, after, clientSignal) {
      if (streams >= STREAMS_MAX) throw unavailable('overloaded', 'Too many clients follow notifications.');
      streams += 1;
      const left = new AbortController();
      const signal = AbortSignal.any([lifecycle.signal, clientSignal, left.signal]);
      const source = events(userId, after, signal);
      const close = () => {
        if (!left.signal.aborted) streams -= 1;
        left.abort();
      };
      const stream = new ReadableStream<Uint8Array>({
        async pull(controller) {
          try {
            const { value, done } = await source.next();
            if (!done) {
              controller.enqueue(new TextEncoder().encode(value));
              return;
            }
          } catch (error) {
            // The client reconnects and resumes.
            if (!signal.aborted) log.warn({ error: String(error) }, 'a notification stream broke off');
          }
          const clientLeft = left.signal.aborted;
          close();
          if (!clientLeft) controller.close();
        },
        cancel: close,
      });
      return new Response(stream, {
        headers: {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store',
          'x-accel-buffering': 'no',
        },
      });
    },
    open: () => streams,
  };
}

function toServerSentEvent(notification: Notification): string {
  return `id: ${notification.position}\nevent: notification\ndata: ${JSON.stringify(notification)}\n\n`;
}

/**
 * Tells whose notifications pass by on the broker; after a time without it, that there may be news for
 * everybody.
 */
async function watchNotifications(
  bus: Bus,
  signal: AbortSignal,
  news: { of: (userId: string) => void; ofAll: () => void },
): Promise<void> {
  while (!signal.aborted) {
    try {
      const subscription = bus.client().connection.subscribe(TOPICS.userNotifications.subject);
      signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true });
      news.ofAll();
      for await (const message of subscription) {
        const userId = message.json<{ userId?: unknown } | null>()?.userId;
        if (typeof userId === 'string') news.of(userId);
      }
    } catch {
      // Not connected yet, or a message that is not ours: the heartbeats still find every row.
    }
    await pause(WATCH_RETRY_MS, signal);
  }
}
