import type { Notification } from '../../../sdk/contracts/notification.ts';
import type { ClientAddress } from '../../../platform/http/client-address.ts';
import { endEvent, eventStream } from '../../../platform/http/event-stream.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import { followTopic } from '../../../platform/messaging/follow-topic.ts';
import { type Lifecycle, pause } from '../../../platform/kernel/lifecycle.ts';
import type { Logger } from '../../../platform/kernel/log.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { RevokedCustomers } from '../../../platform/privacy/revoked-customers.ts';
import { createSharedLookup } from '../../../platform/resilience/shared-lookup.ts';
import { createStreamSlots, type StreamLimits } from '../../../platform/resilience/stream-slots.ts';
import { selectLastPositions, selectNotifications } from './notification-store.ts';

/**
 * Live notifications as server-sent events. The rows are the truth, and the event id is the notification's
 * position among those of its customer, so a client that reconnects with `Last-Event-ID` has neither a gap
 * nor a duplicate. The broker's message only wakes the stream up; without it the next heartbeat finds the
 * row.
 */
export interface NotificationFeed {
  /**
   * The position of a customer's newest notification, 0 without any. Concurrent callers share a statement.
   */
  newestPosition(userId: string): Promise<number>;
  /**
   * Returns the stream of notifications after a position. Ends with `event: end` when the token expires, and
   * without it when the client disconnects, the process drains, or its slot goes to another address. Throws
   * AppError 429 `too_many_streams` or 503 `overloaded`.
   */
  follow(follower: Follower): Response;
  /** The number of open streams. */
  open(): number;
}

interface Follower {
  userId: string;
  address: ClientAddress;
  /** The client's position. `event: reset` comes first where it is beyond the newest, as after a restore. */
  after: number;
  /** When the token expires with which the stream was opened. */
  untilMs: number;
  signal: AbortSignal;
}

const HEARTBEAT_MS = 10_000;
const ROWS_PER_READ = 100;

export function createNotificationFeed(deps: {
  database: Database;
  bus: Bus;
  lifecycle: Lifecycle;
  log: Logger;
  limits: StreamLimits;
  /** Ends the streams of customers under erasure at once. */
  revoked?: Pick<RevokedCustomers, 'isRevoked' | 'onRevoked'>;
  /** Resolves after a number of milliseconds, or at the signal. */
  sleep?: typeof pause;
}): NotificationFeed {
  const { database, lifecycle, log, limits, revoked } = deps;
  const sleepers = createSleepers(deps.sleep ?? pause);
  const slots = createStreamSlots(limits, 'event streams');
  const lookUpPosition = createSharedLookup((userIds) => selectLastPositions(database, userIds));
  const newestPosition = async (userId: string) => (await lookUpPosition(userId)) ?? 0;

  revoked?.onRevoked(sleepers.wakeAll);
  // Messages may have been missed while the broker was down: every stream reads its rows.
  void followTopic(deps.bus, 'userNotifications', lifecycle.signal, {
    onStart: sleepers.wakeAll,
    onMessage(message) {
      const { userId } = (message ?? {}) as { userId?: unknown };
      if (typeof userId === 'string') sleepers.wake(userId);
    },
  });

  async function* events({
    userId,
    after,
    untilMs,
    signal,
  }: Omit<Follower, 'address'>): AsyncGenerator<string> {
    let last = after;
    yield ': connected\n\n';
    while (!signal.aborted) {
      // Waits from before the read, so that a notification between the two is not missed.
      const news = sleepers.next(userId, Math.min(HEARTBEAT_MS, untilMs - Date.now()), signal);
      const newest = await newestPosition(userId);
      if (newest < last) {
        last = newest;
        yield `id: ${last}\nevent: reset\ndata: ${JSON.stringify({ position: last })}\n\n`;
      }
      while (last < newest) {
        const rows = await selectNotifications(database, userId, { after: last, size: ROWS_PER_READ });
        for (const row of rows) yield toServerSentEvent(row);
        last = rows.at(-1)?.position ?? newest;
      }
      await news;
      if (revoked?.isRevoked(userId)) return yield endEvent('account_erased');
      if (Date.now() >= untilMs) return yield endEvent('token_expired');
      yield ': heartbeat\n\n';
    }
  }

  return {
    newestPosition,
    follow(follower) {
      const { userId, address } = follower;
      const cut = new AbortController();
      const release = slots.take({ userId, address, end: () => cut.abort() });
      return eventStream({
        events: (signal) => events({ ...follower, signal }),
        untilMs: follower.untilMs,
        signals: [lifecycle.signal, follower.signal],
        cut: cut.signal,
        onClose: release,
        log,
      });
    },
    open: slots.taken,
  };
}

/** Streams that wait for news of their customer. */
function createSleepers(sleep: typeof pause) {
  const sleepers = new Map<string, Set<() => void>>();
  const wakeEach = (wakers: Iterable<() => void>) => {
    for (const wake of wakers) wake();
  };
  return {
    wake: (userId: string) => wakeEach(sleepers.get(userId) ?? []),
    wakeAll: () => wakeEach([...sleepers.values()].flatMap((wakers) => [...wakers])),
    /** Resolves at the customer's next notification, or after `ms` milliseconds. */
    async next(userId: string, ms: number, signal: AbortSignal): Promise<void> {
      const woken = new AbortController();
      const wake = () => woken.abort();
      const wakers = sleepers.get(userId) ?? new Set();
      sleepers.set(userId, wakers.add(wake));
      await sleep(Math.max(0, ms), AbortSignal.any([woken.signal, signal]));
      wakers.delete(wake);
      if (wakers.size === 0 && sleepers.get(userId) === wakers) sleepers.delete(userId);
    },
  };
}

function toServerSentEvent(notification: Notification): string {
  return `id: ${notification.position}\nevent: notification\ndata: ${JSON.stringify(notification)}\n\n`;
}
