import { expect, test } from 'bun:test';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

const LOG = join(import.meta.dir, 'log.ts');

test('a process whose log cannot be written goes on', async () => {
  const program = `
    const { createLog } = await import(${JSON.stringify(LOG)});
    const log = createLog({ name: 'credit', level: 'info' });
    for (let line = 0; line < 2000; line += 1) log.info('x'.repeat(1024));
    await new Promise(setImmediate);
    log.info('after');
    process.stderr.write('alive');`;
  const full = openSync('/dev/full', 'w');
  const child = Bun.spawn([process.execPath, '-e', program], { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  expect(await new Response(child.stderr).text()).toBe('alive');
  expect(await child.exited).toBe(0);
});
