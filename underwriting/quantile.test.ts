import { expect, test } from 'bun:test';
import { quantileOf } from './quantile.ts';

test.each<[number[], number, number | null]>([
  [[], 0.5, null],
  [[7], 0.01, 7],
  [[1, 2], 0.5, 1],
  [[1, 2, 3], 0.5, 2],
  [Array.from({ length: 20 }, (_, index) => index + 1), 0.95, 19],
  [Array.from({ length: 21 }, (_, index) => index + 1), 0.95, 20],
  [[1, 2, 3], 1, 3],
])('of %j the quantile at %d is %p, as percentile_disc gives it', (sorted, share, expected) => {
  expect(quantileOf(sorted, share)).toBe(expected);
});
