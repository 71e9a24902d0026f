import { problem } from '../../../platform/kernel/errors.ts';

/** Streams that wait: with two minutes each, the last of them waits for six at most. */
const WAITING_MAX = 3;

interface Place {
  /** The number of backtests that come before it; 0 once it has its turn. */
  before(): number;
  /** Resolves when it has its turn. */
  turn: Promise<void>;
  /** Gives the place back, once; also that of one that waits. */
  leave(): void;
}

/** A queue for the one backtest that a process runs at a time. */
interface BacktestQueue {
  /**
   * Takes a place. Throws AppError 503 `overloaded` when it is not its turn at once and it may not wait, or
   * when enough of them wait; `Retry-After` is the latest time at which those before it are over.
   */
  enter(options: { mayWait: boolean; longestMs: number }): Place;
}

export function createBacktestQueue(now = () => performance.now()): BacktestQueue {
  const entries: { start: () => void; longestMs: number }[] = [];
  let startedMs = 0;

  const startFirst = () => {
    startedMs = now();
    entries[0]?.start();
  };
  const secondsUntilEnd = (count: number) => {
    const allMs = entries.slice(0, count).reduce((sum, { longestMs }) => sum + longestMs, 0);
    return Math.max(1, Math.ceil((startedMs + allMs - now()) / 1000));
  };
  const requirePlace = (mayWait: boolean) => {
    if (entries.length === 0 || (mayWait && entries.length <= WAITING_MAX)) return;
    // One that may wait needs the place of one that waits: the first to become free.
    const seconds = secondsUntilEnd(mayWait ? 1 : entries.length);
    const waiting = entries.length - 1;
    const others = waiting === 0 ? '' : `, and ${waiting} ${waiting === 1 ? 'waits' : 'wait'}`;
    throw problem('overloaded', {
      detail:
        `Another backtest is under way${others}: one runs at a time. ` +
        `There is room in ${seconds} s at the latest.`,
      retryAfterSeconds: seconds,
    });
  };

  return {
    enter({ mayWait, longestMs }) {
      requirePlace(mayWait);
      const { promise: turn, resolve: start } = Promise.withResolvers<void>();
      const entry = { start, longestMs };
      entries.push(entry);
      if (entries[0] === entry) startFirst();
      return {
        turn,
        before: () => entries.indexOf(entry),
        leave() {
          const place = entries.indexOf(entry);
          if (place === -1) return;
          entries.splice(place, 1);
          if (place === 0) startFirst();
        },
      };
    },
  };
}
