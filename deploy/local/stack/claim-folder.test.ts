import { expect, test } from 'bun:test';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import { claimFolder } from './claim-folder.ts';

test('a claim that is a moment late names the process that has the folder, which was yet to write its name', async () => {
  const dataDir = temporaryFolder();
  const lock = await claimFolder(dataDir, 8000);
  const holder = join(dataDir, 'up.lock.holder');
  renameSync(holder, `${holder}.later`);
  const second = claimFolder(dataDir, 8000);
  setTimeout(() => renameSync(`${holder}.later`, holder), 50);
  await expect(second).rejects.toThrow(`pid ${process.pid}, since `);
  lock.release();
});
