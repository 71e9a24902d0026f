import { afterAll, expect, test } from 'bun:test';
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import { identify, isAlive } from '../processes/process-id.ts';
import { claimFolder, supervisorOf } from './claim-folder.ts';
import { readState, type SystemState, writeState } from './state.ts';
import { clearLeftovers, findOrphans, stopSystem } from './stop-system.ts';

const local = (path: string) => JSON.stringify(join(import.meta.dir, '..', path));
const CLAIM = `
  import { claimFolder } from ${local('stack/claim-folder.ts')};
  await claimFolder(process.argv.at(-1), 7);
  console.log('claimed')`;
/** A supervisor that is killed in the moment in which a child of it has begun. */
const SUPERVISOR = `
  import { claimFolder } from ${local('stack/claim-folder.ts')};
  import { startChild } from ${local('processes/child.ts')};
  const dataDir = process.argv.at(-1);
  const lock = await claimFolder(dataDir, 7);
  const logFile = dataDir + '/child.log';
  // As a server that has its title in the place of its environment.
  const command = ['env', '-i', 'sleep', '600'];
  console.log(startChild({ name: 'left', dataDir, command, logFile }).pid);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 100);`;

async function leaveChild(dataDir: string) {
  const supervisor = Bun.spawn([process.execPath, '-e', SUPERVISOR, dataDir], { stdout: 'pipe' });
  const pid = Number(await new Response(supervisor.stdout).text());
  await supervisor.exited;
  return identify(pid);
}

test.skipIf(process.platform !== 'linux').each([
  ['down', stopSystem],
  ['the next supervisor', clearLeftovers],
])('%s ends what a supervisor was killed too early to list, and no reader of the folder', async (_, end) => {
  const dataDir = temporaryFolder();
  const orphan = await leaveChild(dataDir);
  const file = join(dataDir, 'up.children');
  const reader = Bun.spawn(['sh', '-c', 'exec sleep 600 3<"$0"', file]);
  afterAll(() => reader.kill());
  expect(findOrphans(dataDir)).toEqual([{ name: 'a process of it', pid: orphan.pid }]);
  await end(dataDir);
  expect(isAlive(orphan)).toBe(false);
  expect(findOrphans(dataDir)).toEqual([]);
  expect(reader.exitCode).toBeNull();
  expect(await stopSystem(dataDir)).toBe(false);
});

test('down of a folder where nothing ever ran stops nothing, and makes no folder', async () => {
  const folder = join(temporaryFolder(), 'none');
  expect(await stopSystem(folder)).toBe(false);
  expect(await Bun.file(folder).exists()).toBe(false);
});

test('a copy of the folder of a running system knows nothing of it, and ends nothing of it', async () => {
  const original = join(temporaryFolder(), 'original');
  mkdirSync(original);
  const supervisor = Bun.spawn([process.execPath, '-e', `${CLAIM}; setInterval(() => {}, 1000)`, original], {
    stdout: 'pipe',
  });
  afterAll(() => supervisor.kill());
  await supervisor.stdout.getReader().read();
  const child = { ...identify(supervisor.pid), name: 'ecs', kind: 'service' as const };
  const state = { supervisor: identify(supervisor.pid), state: 'running', children: [child] };
  writeState(original, state as unknown as SystemState);

  const copy = `${original}-copy`;
  cpSync(original, copy, { recursive: true });
  expect([readState(copy), supervisorOf(copy), findOrphans(copy)]).toEqual([null, null, []]);
  expect(await stopSystem(copy)).toBe(false);
  (await claimFolder(copy, 7)).release();
  expect(supervisorOf(original)?.pid).toBe(supervisor.pid);
  expect(isAlive(identify(supervisor.pid))).toBe(true);
  // A folder that was renamed is the same one.
  renameSync(original, `${original}-renamed`);
  expect(supervisorOf(`${original}-renamed`)?.pid).toBe(supervisor.pid);
  expect(readState(`${original}-renamed`)?.state).toBe('running');
});
