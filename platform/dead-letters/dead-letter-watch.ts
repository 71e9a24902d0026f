import type { Bus } from '../messaging/bus.ts';
import { countDeadLetters } from './dead-letter.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { monotonicMs } from '../kernel/monotonic-ms.ts';
import { startLoop } from '../kernel/loop.ts';
import type { Metrics } from '../kernel/metrics.ts';

/**
 * Counts the dead letters of a source stream that the broker discarded, the oldest first, to make room.
 * Letters missing from a full stream count as discarded; those missing from another were replayed, dropped
 * or too old. Several workers of one stream each count the letters they displaced: the sum is close, not
 * exact.
 */
export interface DeadLetterWatch {
  /** Lines since the process began. */
  discarded(): number;
  /** The time of the last one by `monotonicMs`; -Infinity for none. */
  discardedAtMs(): number;
}

const EVERY_MS = 5000;
/** While nothing is published here nothing is displaced; but letters go that are replayed or dropped. */
const AT_REST_MS = 30_000;

export function startDeadLetterWatch(options: {
  bus: Bus;
  stream: string;
  queue: Pick<DeadLetterQueue, 'published'>;
  metrics: Metrics;
  lifecycle: Lifecycle;
  log: Logger;
}): DeadLetterWatch {
  const { bus, stream, queue, metrics, lifecycle, log } = options;
  let discarded = 0;
  let discardedAtMs = -Infinity;
  let present: number | undefined;
  let goneBefore = 0;
  let countedAtMs = -Infinity;
  let publishedBefore: number | undefined;

  const countDiscarded = async (): Promise<void> => {
    const before = queue.published(stream);
    if (before === publishedBefore && performance.now() - countedAtMs < AT_REST_MS) return;
    const { lines, isFull } = await countDeadLetters(bus, stream);
    present ??= lines - before;
    publishedBefore = before;
    countedAtMs = performance.now();
    const missing = before - (lines - present);
    const discardedNow = isFull ? missing - goneBefore : 0;
    goneBefore = isFull ? Math.max(missing, goneBefore) : missing;
    if (discardedNow <= 0) return;
    discarded += discardedNow;
    discardedAtMs = monotonicMs();
    metrics.deadLettersDiscarded.inc({ stream }, discardedNow);
    log.warn(
      { stream, discarded: discardedNow },
      'the oldest dead letters were discarded: their stream is full',
    );
  };

  startLoop({
    name: `dead-letter watch of ${stream}`,
    everyMs: EVERY_MS,
    lifecycle,
    work: countDiscarded,
    onFailure: (error) => log.debug(errorFields(error), 'cannot count the dead letters'),
  });
  return { discarded: () => discarded, discardedAtMs: () => discardedAtMs };
}
