import { expect, test } from 'bun:test';
import { createQuota } from './quota.ts';

function setUp(perSecond: number, burst: number) {
  const clock = { ms: 1_000_000 };
  return { clock, quota: createQuota({ perSecond, burst, now: () => clock.ms }) };
}

test('a token that is given back is there again, and never more than a burst', () => {
  const { quota } = setUp(1, 2);
  quota.take('a');
  quota.giveBack('a');
  quota.giveBack('a');
  expect(quota.left('a')).toEqual({ tokens: 2, fullInSeconds: 0 });
  expect([quota.take('a'), quota.take('a')]).toEqual([0, 0]);
  expect(quota.take('a')).toBeCloseTo(1);
});

test('a key is barred for as long as was announced; one without a bucket is not', () => {
  const { quota, clock } = setUp(1, 2);
  quota.bar('unknown', 60);
  expect([quota.secondsBarred('unknown'), quota.secondsBarred('a')]).toEqual([0, 0]);
  quota.take('a');
  quota.bar('a', 60);
  clock.ms += 59_000;
  expect(quota.secondsBarred('a')).toBe(1);
  clock.ms += 1000;
  expect(quota.secondsBarred('a')).toBe(0);
  clock.ms += 1000;
  expect(quota.secondsBarred('a')).toBe(0);
});

test('usage from a hundredth of the burst on is reported, of each key what the others do not know', () => {
  const { quota } = setUp(100, 500);
  quota.take('a', 4);
  quota.take('b', 5);
  expect(quota.unreported()).toEqual([{ key: 'b', taken: 5 }]);
  quota.take('a');
  quota.take('b');
  quota.giveBack('b');
  expect(quota.unreported()).toEqual([
    { key: 'b', taken: 5 },
    { key: 'a', taken: 5 },
  ]);
  const small = setUp(1, 10).quota;
  small.take('a');
  expect(small.unreported()).toEqual([{ key: 'a', taken: 1 }]);
});

test('the shared rest replaces ours, less what was taken since it was reported', () => {
  const { quota, clock } = setUp(100, 500);
  quota.take('a', 20);
  quota.take('a', 3);
  quota.reconcile('a', 20, 100);
  expect(quota.left('a').tokens).toBe(97);
  expect(quota.unreported()).toEqual([]);
  quota.take('a', 2);
  expect(quota.unreported()).toEqual([{ key: 'a', taken: 5 }]);
  quota.reconcile('a', 0, 400);
  expect(quota.left('a').tokens).toBe(395);
  quota.reconcile('a', 0, 506);
  expect(quota.left('a').tokens).toBe(500);
  expect(quota.unreported()).toEqual([{ key: 'a', taken: 5 }]);
  clock.ms += 10;
  quota.reconcile('a', 5, 0);
  expect(quota.left('a').tokens).toBe(0);
  clock.ms += 10;
  expect(quota.left('a').tokens).toBe(1);
  quota.reconcile('unknown', 1, 1);
  expect(quota.left('unknown').tokens).toBe(500);
});

test('usage is reported until its bucket is full again, whatever its debt, and then no more', () => {
  const { quota, clock } = setUp(100, 500);
  quota.take('a', 100);
  quota.take('b', 100);
  clock.ms += 9999;
  quota.take('b', 3);
  expect(quota.unreported()).toEqual([
    { key: 'a', taken: 100 },
    { key: 'b', taken: 103 },
  ]);
  clock.ms += 1;
  expect(quota.unreported()).toEqual([{ key: 'b', taken: 103 }]);
  quota.take('a', 5);
  expect(quota.unreported()).toEqual([
    { key: 'b', taken: 103 },
    { key: 'a', taken: 5 },
  ]);
});

test('a key that is forgotten is reported no more', () => {
  const { quota } = setUp(1, 1);
  quota.take('first');
  for (let count = 0; count < 100_000; count += 1) quota.secondsUntilFree(`key ${count}`);
  expect(quota.unreported()).toHaveLength(1);
  for (let count = 0; count < 100_000; count += 1) quota.take(`key ${count}`);
  expect(quota.unreported().some(({ key }) => key === 'first')).toBe(false);
});
