import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createIterationCounter } from '../../load-tests/runner/protocol/iteration-counter.ts';
import type { IterationTask } from '../../load-tests/runner/protocol/messages.ts';
import { findLibc } from '../../load-tests/runner/http/blocking/libc.ts';
import { readOptions } from '../../load-tests/runner/options/options.ts';
import { loadScript } from '../../load-tests/runner/script/script.ts';
import type { MainThread, User } from '../../load-tests/runner/script/user.ts';
import { openWorkerUser } from '../../load-tests/runner/script/worker-user.ts';

/**
 * Measures the users of `ecs load` that block, without their start and without the handling of their samples:
 * the processor for a fixed number of iterations, which compares two states on a busy machine as well.
 * `sh cli/bun.sh tests/bench/load-users.ts [--users N] [--iterations N]`, those of each user.
 */
const SCRIPT = `import http from 'k6/http'; export default function () { http.get(__ENV.BASE + '/'); }`;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { users: { type: 'string' }, iterations: { type: 'string' } } });
  const count = Number(values.users) || 20;
  const iterations = Number(values.iterations) || 2000;
  const folder = mkdtempSync(join(tmpdir(), 'ecs-bench-'));
  const target = Bun.spawn([process.execPath, '-e', SERVER], { stdout: 'pipe' });
  const { value } = await target.stdout.getReader().read();
  const users = await openUsers(count, folder, `http://127.0.0.1:${Number(new TextDecoder().decode(value))}`);
  const before = process.cpuUsage();
  await Promise.all(users.map((user) => repeat(user, iterations)));
  const { user, system } = process.cpuUsage(before);
  console.log(
    `${count} users, ${iterations} iterations each: ${((user + system) / count / iterations).toFixed(0)} µs of processor each`,
  );
  await Promise.all(users.map((user) => user.close()));
  target.kill();
  rmSync(folder, { recursive: true });
}

const SERVER = `const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('ok') });
  console.log(server.port);`;

async function openUsers(count: number, folder: string, base: string): Promise<User[]> {
  const file = join(folder, 'script.js');
  writeFileSync(file, SCRIPT);
  const { code, path, sourceMap } = await loadScript(file, { allowNet: false, cacheFolder: folder });
  const options = readOptions({}, {}, { environment: {}, config: {} });
  const stats = new SharedArrayBuffer(1024);
  const setup = { code, path, sourceMap, env: { BASE: base }, shared: {}, stats, options, libc: findLibc() };
  return Promise.all(Array.from({ length: count }, (_, id) => openWorkerUser({ ...setup, id }, MAIN)));
}

const noNetwork = (): never => {
  throw new Error('these requests need no main thread');
};

const MAIN: MainThread = {
  http: noNetwork,
  sockets: noNetwork,
  batchLimits: { batch: 1, batchPerHost: 1 },
  emit() {},
  declare() {},
  log: (_, text) => console.error(text),
  markFailed() {},
  addLoopLag() {},
};

async function repeat(user: User, iterations: number): Promise<void> {
  let finished = 0;
  const scenario = {
    name: 'default',
    executor: 'constant-vus',
    exec: 'default',
    startedAt: Date.now(),
    durationMs: 0,
    started: createIterationCounter(),
    tags: {},
    env: {},
  };
  const iteration = { scenario, inScenario: 0, intendedAt: Date.now() };
  const task: IterationTask = { kind: 'iteration', iteration, data: undefined };
  await user.repeat?.(task, {
    untilMs: Infinity,
    onDone() {
      finished += 1;
      if (finished >= iterations) user.stopRepeating?.();
    },
  });
}

await main();
