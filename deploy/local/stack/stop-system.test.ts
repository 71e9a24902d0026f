import { afterAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import { identify, isAlive } from '../processes/process-id.ts';
import { clearLeftovers, findOrphans, stopSystem } from './stop-system.ts';

const local = (path: string) => JSON.stringify(join(import.meta.dir, '..', path));
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
