import { expect, test } from 'bun:test';
import { createIterationCounter } from '../protocol/iteration-counter.ts';
import { type Outcome, STATS } from '../protocol/messages.ts';
import { createUserPool } from '../script/user-pool.ts';
import type { User } from '../script/user.ts';
import { createIterations } from './iterations.ts';

/** Makes iterations of users that run a function of the test and have no successors. */
function setUp(run: () => Promise<Outcome>) {
  const stats = new Float64Array(Object.keys(STATS).length);
  const user: User = {
    id: 1,
    scriptExports: { options: {}, functions: {}, metrics: [], shared: {} },
    run,
    interrupt: async () => {},
    close: async () => {},
  };
  const pool = createUserPool(async () => {
    throw new Error('the init code threw');
  });
  const iterations = createIterations(
    {
      pool,
      setupData: undefined,
      stats,
      minIterationDurationMs: 0,
      signal: new AbortController().signal,
      emit: () => {},
      onIteration: () => {},
      onScriptError: () => {},
      abort: () => {},
      watch: async () => {},
    },
    {
      name: 'a',
      executor: 'constant-vus',
      exec: 'default',
      tags: {},
      env: {},
      startedAt: 0,
      durationMs: 0,
      started: createIterationCounter(),
    },
  );
  return { stats, user, iterations, pool };
}

test('counts a user as active before its iteration starts, and no more after it', async () => {
  const activeCounts: (number | undefined)[] = [];
  const { stats, user, iterations } = setUp(async () => {
    activeCounts.push(stats[STATS.active]);
    return { kind: 'done', delayMs: 0, durationMs: 0 };
  });
  await iterations.run(user, { intendedAt: 0 });
  expect(activeCounts).toEqual([1]);
  expect(stats[STATS.active]).toBe(0);
});

test('a successor that does not open fails the next that takes a user', async () => {
  const outcome = Promise.withResolvers<Outcome>();
  const { user, iterations, pool } = setUp(() => outcome.promise);
  const run = iterations.run(user, { intendedAt: 0 });
  await iterations.interrupt(1);
  outcome.resolve({ kind: 'interrupted' });
  expect(await run).toBeUndefined();
  await expect(pool.take(new AbortController().signal)).rejects.toThrow('the init code threw');
});
