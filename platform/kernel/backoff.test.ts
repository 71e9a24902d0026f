import { expect, test } from 'bun:test';
import { createBackoff } from './backoff.ts';

test('the wait grows by a tenth of a second with each failure in a row, to two seconds, and begins anew after a success', () => {
  const backoff = createBackoff();
  expect(backoff.delayMs()).toBe(0);
  const delaysMs = Array.from({ length: 22 }, (_, index) => {
    expect(backoff.fail()).toBe(index + 1);
    return backoff.delayMs();
  });
  expect(delaysMs.slice(0, 3)).toEqual([100, 200, 300]);
  expect(delaysMs.slice(18)).toEqual([1900, 2000, 2000, 2000]);
  backoff.reset();
  expect([backoff.delayMs(), backoff.fail(), backoff.delayMs()]).toEqual([0, 1, 100]);
});

test('the wait has the step and the bound that it is given', () => {
  const backoff = createBackoff({ stepMs: 250, delayMsMax: 600 });
  const delaysMs = [1, 2, 3].map(() => {
    backoff.fail();
    return backoff.delayMs();
  });
  expect(delaysMs).toEqual([250, 500, 600]);
});
