import { expect, test } from 'bun:test';
import { atMostEvery } from './at-most-every.ts';

test('does the work at the first call, and again only once the interval has passed', async () => {
  let nowMs = 0;
  let count = 0;
  const call = atMostEvery(
    1000,
    async () => {
      count += 1;
    },
    () => nowMs,
  );
  await call();
  nowMs = 999;
  await call();
  expect(count).toBe(1);
  nowMs = 1000;
  await call();
  expect(count).toBe(2);
});

test('a failed work counts as done: the next one comes after the interval', async () => {
  let nowMs = 0;
  let count = 0;
  const call = atMostEvery(
    1000,
    async () => {
      count += 1;
      if (count === 1) throw new Error('the database does not respond');
    },
    () => nowMs,
  );
  await expect(call()).rejects.toThrow('does not respond');
  await call();
  expect(count).toBe(1);
  nowMs = 1000;
  await call();
  expect(count).toBe(2);
});
