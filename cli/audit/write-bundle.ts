import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from '../../platform/audit/evidence/collect-evidence.ts';
import { again } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';

/** Writes a bundle to a new folder, for its owner's eyes. Throws a CliError when the folder is there. */
export function writeBundle(folder: string, bundle: Bundle): { folder: string; manifestHash: string } {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== 'EEXIST') throw error;
    throw new CliError(`${folder} is there already`, EXIT.usage, again({ '--out': 'FOLDER' }));
  }
  try {
    for (const [name, text] of Object.entries(bundle)) {
      writeFileSync(join(folder, name), text, { mode: 0o600, flag: 'wx' });
    }
  } catch (error) {
    // Half of it would prove nothing, and be in the way of another try.
    rmSync(folder, { recursive: true });
    throw error;
  }
  const manifest = bundle['manifest.json'] ?? '';
  return { folder, manifestHash: createHash('sha256').update(manifest).digest('hex') };
}
