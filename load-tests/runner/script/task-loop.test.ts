import { expect, test } from 'bun:test';
import { createIterationCounter } from '../protocol/iteration-counter.ts';
import type { CompletedOutcome, Outcome, Task } from '../protocol/messages.ts';
import { runTask } from './task-loop.ts';

const DONE: Outcome = { kind: 'done', delayMs: 0, durationMs: 0 };

/** Runs iterations of this work, so many; returns the outcomes that another iteration followed. */
async function repeat(count: number, work: (iteration: number) => Outcome | Promise<Outcome>) {
  let started = 0;
  const outcomes: CompletedOutcome[] = [];
  const user = { run: (_: Task) => work((started += 1)) };
  const host = {
    endRun() {},
    isStopped: () => started >= count,
    addOutcome: (outcome: CompletedOutcome) => void outcomes.push(outcome),
  };
  const scenario = { ...SCENARIO, started: createIterationCounter() };
  const iteration = { scenario, inScenario: 0, intendedAt: 0 };
  const task = { kind: 'iteration' as const, iteration, data: undefined };
  await runTask(user, host, { task, untilMs: Infinity });
  return outcomes;
}

const SCENARIO = {
  name: 'default',
  executor: 'constant-vus',
  exec: 'default',
  startedAt: 0,
  durationMs: 0,
  tags: {},
  env: {},
};

test('promises of an iteration that awaits nothing are settled before the next begins', async () => {
  const log: string[] = [];
  const settleLater = async (iteration: number) => {
    for (let step = 0; step < 5; step += 1) await Promise.resolve();
    log.push(`settled ${iteration}`);
  };
  const outcomes = await repeat(3, (iteration) => {
    log.push(`began ${iteration}`);
    void settleLater(iteration);
    return DONE;
  });
  expect(outcomes).toHaveLength(2);
  expect(log.slice(0, 5)).toEqual(['began 1', 'settled 1', 'began 2', 'settled 2', 'began 3']);
});

test('iterations that await nothing leave turns to timers and messages', async () => {
  let fired = 0;
  const timer = setInterval(() => (fired += 1), 1);
  const startedAt = performance.now();
  await repeat(Infinity, () => {
    if (fired < 3 && performance.now() - startedAt < 20_000) return DONE;
    return { kind: 'interrupted' };
  });
  clearInterval(timer);
  expect(fired).toBeGreaterThanOrEqual(3);
});

test('once an iteration awaits, each has a turn of its own', async () => {
  const log: string[] = [];
  await repeat(4, (iteration) => {
    log.push(`began ${iteration}`);
    setImmediate(() => log.push(`turned ${iteration}`));
    return iteration === 1 ? Promise.resolve(DONE) : DONE;
  });
  expect(log.slice(0, 7).join(', ')).toBe('began 1, turned 1, began 2, turned 2, began 3, turned 3, began 4');
});
