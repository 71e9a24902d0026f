import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import { createMainThread } from '../execution/main-thread.ts';
import { readOptions } from '../options/options.ts';
import { createIterationCounter } from '../protocol/iteration-counter.ts';
import { STATS } from '../protocol/messages.ts';
import { createLoopUsers } from './loop-users.ts';
import { loadScript } from './script.ts';

const LONG_MS = 4000;

test('a user that is stopped in the turn of its start ends with that iteration', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'script.js');
  writeFileSync(file, 'export default async function () { await new Promise((r) => setTimeout(r, 20)); }');
  const script = await loadScript(file, { allowNet: false, cacheFolder: folder });
  const stats = new SharedArrayBuffer(8 * Object.keys(STATS).length);
  const { code, path, sourceMap } = script;
  const setup = { code, path, sourceMap, env: {}, stats, options: readOptions({}) };
  const exports = { options: {}, functions: { default: 'async' as const }, metrics: [], shared: {} };
  const users = createLoopUsers(
    setup,
    exports,
    createMainThread({ emit: () => {} }, () => {}),
  );
  const user = await users.open(1);
  const started = createIterationCounter();
  const times = { startedAt: 0, durationMs: LONG_MS };
  const scenario = {
    name: 's',
    executor: 'ramping-vus',
    exec: 'default',
    tags: {},
    env: {},
    ...times,
    started,
  };
  const iteration = { scenario, inScenario: 0, intendedAt: Date.now() };
  let repeated = 0;
  const outcome = user.repeat?.(
    { kind: 'iteration', iteration, data: undefined },
    { untilMs: Date.now() + LONG_MS, onDone: () => (repeated += 1) },
  );
  user.stopRepeating?.();
  expect(await outcome).toMatchObject({ kind: 'done' });
  expect(repeated).toBe(0);
  users.close();
});
