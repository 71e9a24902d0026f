import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import postgres from 'postgres';
import type Postgrator from 'postgrator';
import { isTransient } from './sql.ts';

const ROOT = join(import.meta.dir, '..', '..');

/** A migration that cannot be applied, with its file, its line and the remedy. */
export class MigrationError extends Error {
  override name = 'MigrationError';
  constructor(
    message: string,
    readonly remedy: string,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/** The connection ended in the middle: the server has rolled back, or committed, the file under way. */
export class LostConnectionError extends MigrationError {
  override name = 'LostConnectionError';
  constructor(applied: readonly string[], cause: unknown) {
    const remedy = `${stateAfter(applied)}: ecs migrate goes on from there`;
    super('the connection to the database ended in the middle of a migration', remedy, cause);
  }
}

/** Returns the error of a statement, or of a checksum, with its place; every other error as it is. */
export function nameFile(
  error: unknown,
  migration: Postgrator.Migration | undefined,
  applied: readonly string[],
): unknown {
  if (!migration) return error;
  const file = relative(ROOT, migration.filename);
  if (error instanceof postgres.PostgresError) {
    const position = Number(error.position);
    const before = readFileSync(migration.filename, 'utf8').slice(0, position - 1);
    const line = Number.isNaN(position) ? '' : `:${before.split('\n').length}`;
    const next = isTransient(error)
      ? ', and the file is not at fault: mend what the server says, then the same again'
      : ': correct the file or the database, then ecs migrate';
    const remedy = `${stateAfter(applied)}${next}`;
    return new MigrationError(`${file}${line}: ${error.message} (${error.code})`, remedy, error);
  }
  if (!(error instanceof Error && error.message.startsWith('MD5 checksum'))) return error;
  return new MigrationError(`${file} was changed after it was applied`, `git checkout -- ${file}`, error);
}

export function lockedError(error: unknown, sessions: string, applied: readonly string[]): MigrationError {
  const { message } = error as Error;
  const next = `wait for, or end, the transactions of ${sessions}, then ecs migrate`;
  return new MigrationError(message, `${stateAfter(applied)}: ${next}`, error);
}

/** The state after a failure: each file before it has its own transaction, and stays. */
const stateAfter = (applied: readonly string[]) =>
  applied.length === 0 ? 'nothing was applied' : `${applied.length} before it were applied`;

/** Returns the loss of a connection in the middle as such, and every other error as it is. */
export function nameLoss(
  error: unknown,
  { isLost, applied }: { isLost: boolean; applied: readonly string[] },
): unknown {
  if (error instanceof MigrationError) return error;
  // The statement fails before the connection is known to have ended.
  return isLost || isTransient(error) ? new LostConnectionError(applied, error) : error;
}
