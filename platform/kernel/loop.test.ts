import { expect, test } from 'bun:test';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { createLifecycle } from './lifecycle.ts';
import { startLoop } from './loop.ts';

const { log } = createTestRuntime();

test('a loop goes on after a failure, and draining waits for the work under way and then ends it', async () => {
  const lifecycle = createLifecycle(log);
  const fourth = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const failures: string[] = [];
  let calls = 0;
  let ended = 0;
  startLoop({
    name: 'test',
    everyMs: 0,
    lifecycle,
    async work() {
      calls += 1;
      if (calls < 4) throw new Error(`failure ${calls}`);
      fourth.resolve();
      await finish.promise;
      ended += 1;
    },
    onFailure: (error) => failures.push(String(error)),
  });
  await fourth.promise;
  expect(failures).toEqual(['Error: failure 1', 'Error: failure 2', 'Error: failure 3']);
  const stopping = lifecycle.stop();
  expect(ended).toBe(0);
  finish.resolve();
  await stopping;
  expect([calls, ended]).toEqual([4, 1]);
});

test('a loop waits after a failure for as long as is said for failures', async () => {
  const lifecycle = createLifecycle(log);
  const second = Promise.withResolvers<void>();
  let calls = 0;
  startLoop({
    name: 'test',
    everyMs: 3_600_000,
    retryMs: 1,
    lifecycle,
    async work() {
      calls += 1;
      if (calls === 1) throw new Error('the first fails');
      second.resolve();
    },
    onFailure: () => {},
  });
  await second.promise;
  await lifecycle.stop();
  expect(calls).toBe(2);
});

test('a loop that is woken works at once, and once more where it was at work', async () => {
  const lifecycle = createLifecycle(log);
  const calledTimes = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  let calls = 0;
  const wake = startLoop({
    name: 'test',
    everyMs: 3_600_000,
    lifecycle,
    async work() {
      calls += 1;
      if (calls === 2) wake();
      calledTimes[calls]?.resolve();
    },
  });
  await calledTimes[1]?.promise;
  // The first wait has begun by then.
  await Bun.sleep(0);
  wake();
  await calledTimes[3]?.promise;
  await lifecycle.stop();
  expect(calls).toBe(3);
});
