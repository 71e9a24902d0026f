import { expect, test } from 'bun:test';
import type { AppError } from '../../../platform/kernel/errors.ts';
import { createBacktestQueue } from './backtest-queue.ts';

/** The queue of backtests, by a clock of its own. */
function useQueue() {
  let nowMs = 1000;
  const queue = createBacktestQueue(() => nowMs);
  const enter = (mayWait: boolean, longestMs = 10_000) => queue.enter({ mayWait, longestMs });
  const secondsOfRejection = (mayWait: boolean) => {
    try {
      enter(mayWait);
    } catch (error) {
      return (error as AppError).retryAfterSeconds;
    }
    throw new Error('it was not rejected');
  };
  return { enter, secondsOfRejection, pass: (ms: number) => (nowMs += ms) };
}

test('each has its turn when those before it have left, however often they leave', async () => {
  const { enter } = useQueue();
  const [first, second, third] = [enter(false), enter(true), enter(true)];
  await first.turn;
  expect([first, second, third].map((place) => place.before())).toEqual([0, 1, 2]);
  second.leave();
  second.leave();
  expect(third.before()).toBe(1);
  first.leave();
  await third.turn;
  expect(third.before()).toBe(0);
});

test('a rejection counts those that wait', () => {
  const { enter } = useQueue();
  const details = ['under way: one runs', 'under way, and 1 waits: one', 'under way, and 2 wait: one'];
  for (const detail of details) {
    enter(true);
    expect(() => enter(false)).toThrow(detail);
  }
});

test('a rejection says when there is room at the latest, from the start of the one under way', () => {
  const { enter, secondsOfRejection, pass } = useQueue();
  const first = enter(true);
  for (const longestMs of [20_000, 30_000, 40_000]) enter(true, longestMs);
  pass(4000);
  // The first to end leaves a place to wait in; one that may not wait needs all of them to end.
  expect(secondsOfRejection(true)).toBe(6);
  expect(secondsOfRejection(false)).toBe(96);
  first.leave();
  pass(5000);
  expect(secondsOfRejection(false)).toBe(85);
  pass(200_000);
  expect(secondsOfRejection(false)).toBe(1);
});
