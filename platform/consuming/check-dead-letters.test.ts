import { describe, expect, test } from 'bun:test';
import type { DeadLetterWatch } from '../dead-letters/dead-letter-watch.ts';
import { checkDeadLetters, countDiscarded } from './check-dead-letters.ts';

const NOW_MS = Date.parse('2026-11-30T12:00:00Z');
const MINUTE_MS = 60_000;

/** The watch of a stream that has discarded so many lines, the last of them so long ago. */
const watchOf = (lines: number, agoMs: number): DeadLetterWatch => ({
  discarded: () => lines,
  discardedAtMs: () => NOW_MS - agoMs,
});
const silent = watchOf(0, Infinity);

const check = (watches: DeadLetterWatch[], state = { failing: false, waiting: 0 }) =>
  checkDeadLetters({ state: () => state }, watches, NOW_MS);

describe('dead letters', () => {
  test('are degraded for ten minutes after the last one was discarded, of whichever stream', () => {
    const discarded = 'degraded: no room, the oldest 7 were discarded';
    for (const ageMs of [0, 10 * MINUTE_MS - 1]) {
      expect(() => check([silent, watchOf(7, ageMs)])).toThrow(discarded);
      expect(() => check([watchOf(3, ageMs), watchOf(4, 11 * MINUTE_MS)])).toThrow(discarded);
    }
    check([silent, watchOf(7, 10 * MINUTE_MS)]);
    check([silent]);
  });

  test('are degraded while they cannot be published, which is said first', () => {
    expect(() => check([watchOf(7, 0)], { failing: true, waiting: 2 })).toThrow(
      'degraded: cannot be published, 2 messages wait',
    );
    check([silent], { failing: false, waiting: 2 });
  });

  test('that were discarded count over all streams', () => {
    expect(countDiscarded([watchOf(3, 0), silent, watchOf(4, 0)])).toBe(7);
    expect(countDiscarded([])).toBe(0);
  });
});
