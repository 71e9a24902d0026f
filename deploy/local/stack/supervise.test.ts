import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import { type Child, startChild } from '../processes/child.ts';
import { isAlive, identify } from '../processes/process-id.ts';
import { supervise } from './supervise.ts';

/** A process that is ready only when the test says so. */
function superviseSlowStart() {
  const logFile = join(temporaryFolder(), 'slow.log');
  const begun = Promise.withResolvers<Child>();
  const ready = Promise.withResolvers<void>();
  const supervised = supervise({
    state: { name: 'slow', kind: 'service', port: 1 },
    start: async (signal) => {
      const child = startChild({ name: 'slow', command: ['sleep', '60'], logFile, signal });
      begun.resolve(child);
      await ready.promise;
      return child;
    },
    stopSignal: 'SIGTERM',
    stopDeadlineMs: 5000,
    logFile,
    onChange: () => {},
  });
  supervised.started.catch(() => {});
  return { supervised, begun: begun.promise, finishStart: ready.resolve };
}

test('a process that is being started is ended by a stop, once it has started', async () => {
  const { supervised, begun, finishStart } = superviseSlowStart();
  const process = identify((await begun).pid);
  const stopping = supervised.stop();
  finishStart();
  await stopping;
  expect(isAlive(process)).toBe(false);
  expect(supervised.state().state).toBe('stopped');
});

test('a process that is being started is ended by a kill at once: the killer may end before the start does', async () => {
  const { supervised, begun } = superviseSlowStart();
  const child = await begun;
  supervised.kill();
  expect(await child.exited).toBe('SIGKILL');
});

test('after a kill nothing is started', async () => {
  const logFile = join(temporaryFolder(), 'late.log');
  const signal = AbortSignal.abort(new Error('killed'));
  expect(() => startChild({ name: 'late', command: ['sleep', '60'], logFile, signal })).toThrow('killed');
});
