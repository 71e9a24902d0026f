import { existsSync, readFileSync } from 'node:fs';
import { again } from '../ui/command-line.ts';
import { erasureKeyFile } from '../../deploy/local/stack/secrets.ts';
import { readUserEnvironment } from '../ui/environment.ts';
import { CliError, EXIT } from '../ui/output.ts';
import type { Context } from './context.ts';

/** The key that hashes ids of erased customers: ERASURE_KEY, or that of the local system. */
export function readErasureKey({ isLocal, dataDir }: Pick<Context, 'isLocal' | 'dataDir'>): string {
  const { erasureKey } = readUserEnvironment();
  if (erasureKey) return erasureKey;
  const file = erasureKeyFile(dataDir);
  if (isLocal && existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new CliError('the key of erasures is needed', EXIT.usage, `ERASURE_KEY_FILE=FILE ${again()}`);
}
