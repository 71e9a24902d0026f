import type { DeadLetterQueue } from '../dead-letters/dead-letter-queue.ts';
import type { DeadLetterWatch } from '../dead-letters/dead-letter-watch.ts';
import { DegradedError } from '../kernel/errors.ts';

const DISCARDED_ALARM_MS = 10 * 60_000;

/** Throws DegradedError while dead letters cannot be published, or were discarded a short while ago. */
export function checkDeadLetters(
  queue: Pick<DeadLetterQueue, 'state'>,
  watches: DeadLetterWatch[],
  nowMs: number,
): void {
  const state = queue.state();
  if (state.failing) {
    throw new DegradedError(`degraded: cannot be published, ${state.waiting} messages wait`);
  }
  const lastMs = Math.max(...watches.map((watch) => watch.discardedAtMs()));
  if (nowMs - lastMs < DISCARDED_ALARM_MS) {
    throw new DegradedError(`degraded: no room, the oldest ${countDiscarded(watches)} were discarded`);
  }
}

/** Returns the discarded lines of all streams. */
export const countDiscarded = (watches: DeadLetterWatch[]) =>
  watches.reduce((total, watch) => total + watch.discarded(), 0);
