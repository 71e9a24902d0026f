import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import { claimLock, readHolder } from './process-lock.ts';

const SCRIPT = `
  import { claimLock } from ${JSON.stringify(join(import.meta.dir, 'process-lock.ts'))};
  console.log(claimLock(process.argv.at(-1), { port: 7 }) === null ? 'lost' : 'claimed');
  for await (const _ of Bun.stdin.stream());`;

test('of many processes one has the lock, and none of it is left when that one is killed', async () => {
  const path = join(temporaryFolder(), 'x.lock');
  // Twice: the second round meets the files of a killed process.
  for (const _ of [1, 2]) {
    const processes = Array.from({ length: 4 }, () =>
      Bun.spawn([process.execPath, '-e', SCRIPT, path], { stdin: 'pipe', stdout: 'pipe' }),
    );
    const words = await Promise.all(
      processes.map(async ({ stdout }) => {
        const { value } = await stdout.getReader().read();
        return new TextDecoder().decode(value).trim();
      }),
    );
    expect(words.toSorted()).toEqual(['claimed', 'lost', 'lost', 'lost']);
    const holder = processes[words.indexOf('claimed')];
    expect(readHolder(path)).toMatchObject({ pid: holder?.pid, details: { port: 7 } });
    expect(claimLock(path)).toBeNull();
    for (const child of processes) child.kill('SIGKILL');
    await Promise.all(processes.map(({ exited }) => exited));
    expect(readHolder(path)).toBeNull();
  }
  const lock = claimLock(path);
  expect(claimLock(path)).toBeNull();
  lock?.release();
  claimLock(path)?.release();
});
