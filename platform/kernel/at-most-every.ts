import { monotonicMs } from './monotonic-ms.ts';

/**
 * Returns a function that does the work at most once in `intervalMs`, however often it is called: a call
 * before that does nothing, also after a failure. For figures that cost more than a scrape of metrics should.
 */
export function atMostEvery(
  intervalMs: number,
  work: () => Promise<void>,
  now: () => number = monotonicMs,
): () => Promise<void> {
  let nextMs = -Infinity;
  return async () => {
    if (now() < nextMs) return;
    nextMs = now() + intervalMs;
    await work();
  };
}
