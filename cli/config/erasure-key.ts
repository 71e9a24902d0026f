import { again } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';
import type { Context } from './context.ts';

/** The key that hashes ids of erased customers. Throws a usage error where none is known. */
export function requireErasureKey({ erasureKey }: Pick<Context, 'erasureKey'>): string {
  if (erasureKey) return erasureKey;
  throw new CliError('the key of erasures is needed', EXIT.usage, `ERASURE_KEY_FILE=FILE ${again()}`);
}
