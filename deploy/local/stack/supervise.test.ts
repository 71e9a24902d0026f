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

test('a process that says why it has to be restarted is, with its words as the cause', async () => {
  const logFile = join(temporaryFolder(), 'faulty.log');
  const faults: (string | null)[] = [null, 'busy', 'takes nothing'];
  const causes: (string | undefined)[] = [];
  const isBack = Promise.withResolvers<void>();
  const supervised = supervise({
    state: { name: 'faulty', kind: 'engine', port: 1 },
    start: async (signal) => startChild({ name: 'faulty', command: ['sleep', '60'], logFile, signal }),
    fault: async () => {
      const fault = faults.shift() ?? null;
      if (fault === 'busy') throw new Error('it does not answer');
      return fault;
    },
    faultCheckMs: 5,
    stopSignal: 'SIGTERM',
    stopDeadlineMs: 5000,
    logFile,
    onChange() {
      const { state, cause, restarts } = supervised.state();
      if (state === 'restarting') causes.push(cause);
      if (state === 'running' && restarts === 1) isBack.resolve();
    },
  });
  await isBack.promise;
  expect(causes).toEqual(['takes nothing']);
  await supervised.stop();
  expect(supervised.state()).toMatchObject({ state: 'stopped', restarts: 1 });
});
