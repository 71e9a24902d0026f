import { expect, test } from 'bun:test';
import { join } from 'node:path';

test('every equivalent mutant that is listed is one of the code of today', () => {
  const { exitCode, stderr } = Bun.spawnSync(
    [process.execPath, join(import.meta.dir, 'main.ts'), '--list', '--only', 'outbox'],
    { timeout: 20_000 },
  );
  expect([exitCode, stderr.toString()]).toEqual([0, '']);
});
