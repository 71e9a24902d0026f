import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from '../../platform/audit/evidence/collect-evidence.ts';
import { temporaryFolder } from './engines.ts';

/** Runs the program of a bundle of evidence with Node.js. */
export function verifyBundle(bundle: Bundle, ...args: string[]): { code: number; text: string } {
  const folder = join(temporaryFolder(), 'bundle');
  mkdirSync(folder);
  for (const [name, content] of Object.entries(bundle)) writeFileSync(join(folder, name), content);
  const { exitCode, stdout, stderr } = Bun.spawnSync(['node', 'verify.mjs', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '' },
  });
  return { code: exitCode, text: `${stdout.toString()}${stderr.toString()}` };
}
