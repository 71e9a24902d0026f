import { expect, test } from 'bun:test';
import { periodOf, wholeWeeks } from './period.ts';

const DAYS = { days: 30, daysMax: 90 };

test.each([
  [{ to: '9999-12-31' }],
  [{ from: '9999-12-31', to: '9999-12-31' }],
  [{ from: '0000-01-03', to: '0000-01-05' }],
  [{ from: '2026-02-30' }],
  [{ from: '2026-03-02', to: '2026-03-01' }],
])('days that no figure has are refused by name: %p', (query) => {
  expect(() => periodOf(query, DAYS)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
});

test('a fault is named by its place in the query, as those of every other endpoint', () => {
  const query = { from: '2026-03-02', to: '2026-03-01' };
  const problem = expect.objectContaining({ errors: [expect.objectContaining({ path: '/query/to' })] });
  expect(() => periodOf(query, DAYS)).toThrow(problem);
});

test('whole weeks are from a Monday to a Sunday, at either end of the days that are taken', () => {
  for (const day of ['2000-01-31', '2026-11-28', '2999-12-31']) {
    const { from, to } = wholeWeeks(periodOf({ from: day, to: day }, DAYS));
    expect([new Date(from).getUTCDay(), new Date(to).getUTCDay(), from.length, to.length]).toEqual([
      1, 0, 10, 10,
    ]);
  }
});
