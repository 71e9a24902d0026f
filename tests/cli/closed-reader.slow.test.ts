import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, temporaryFolder } from '../harness/engines.ts';

const MAIN = join(import.meta.dir, '..', '..', 'cli', 'main.ts');
const LONG_MS = 90_000;

test(
  'a system whose reader has seen enough (`ecs up | head`) stops, and leaves no engine behind',
  async () => {
    const dataDir = join(temporaryFolder(), 'data');
    const command = [process.execPath, MAIN, 'up', '--port', '0', '--data-dir', dataDir];
    const child = Bun.spawn(command, { stdout: 'ignore', stderr: 'pipe', stdin: 'ignore' });
    const postmaster = join(dataDir, 'postgresql', 'postmaster.pid');
    await eventually('PostgreSQL runs', () => Promise.resolve(existsSync(postmaster)), LONG_MS);
    await child.stderr.cancel();
    await child.exited;
    expect(existsSync(postmaster)).toBe(false);
    expect(existsSync(join(dataDir, 'state.json'))).toBe(false);
  },
  LONG_MS,
);
