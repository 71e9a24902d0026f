import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import postgres from 'postgres';
import Postgrator from 'postgrator';
import { connectPostgres } from './connect-postgres.ts';
import { isTransient } from './sql.ts';

const ROOT = join(import.meta.dir, '..', '..');
const MIGRATIONS = join(ROOT, 'migrations', '*.sql');
/** Any constant will do: it keeps two migrations of one database apart. */
const ADVISORY_LOCK = 4_517_231;

/**
 * Brings the database to the newest version: plain SQL files in order, checked by checksum, under an advisory
 * lock, all in one transaction, so that a crash half-way leaves the version before.
 */
export async function migrate(
  databaseUrl: string,
  pattern = MIGRATIONS,
): Promise<{ applied: string[]; version: number }> {
  const sql = connectPostgres(databaseUrl, { max: 1, name: 'ecs migrate', connectSeconds: 5 });
  try {
    // The driver's own transactions are unsafe only when a backend dies under a shared pool; here is one
    // connection.
    await sql`begin`;
    await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`;
    const migrator = new Postgrator({
      driver: 'pg',
      migrationPattern: pattern,
      schemaTable: 'schema_version',
      execQuery: async (query: string) => ({ rows: await sql.unsafe(query) }),
    });
    let current: Postgrator.Migration | undefined;
    const remember = (migration: Postgrator.Migration) => {
      current = migration;
    };
    migrator.on('validation-started', remember);
    migrator.on('migration-started', remember);
    const migrations = await migrator.migrate().catch((error: unknown) => {
      throw nameFile(error, current);
    });
    const version = await migrator.getDatabaseVersion();
    await sql`commit`;
    return { applied: migrations.map((migration) => `${migration.version} ${migration.name}`), version };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

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

/** Returns the error of a statement, or of a checksum, with its place; every other error as it is. */
function nameFile(error: unknown, migration: Postgrator.Migration | undefined): unknown {
  if (!migration) return error;
  const file = relative(ROOT, migration.filename);
  if (error instanceof postgres.PostgresError) {
    const position = Number(error.position);
    const before = readFileSync(migration.filename, 'utf8').slice(0, position - 1);
    const line = Number.isNaN(position) ? '' : `:${before.split('\n').length}`;
    const remedy = isTransient(error)
      ? 'nothing was applied, and the file is not at fault: mend what the server says, then the same again'
      : 'nothing was applied: correct the file or the database, then ecs migrate';
    return new MigrationError(`${file}${line}: ${error.message} (${error.code})`, remedy, error);
  }
  if (!(error instanceof Error && error.message.startsWith('MD5 checksum'))) return error;
  return new MigrationError(`${file} was changed after it was applied`, `git checkout -- ${file}`, error);
}

/** The files of all migrations with the checksums that the database keeps of those it has applied. */
export function migrationFiles(): { version: number; file: string; checksum: string }[] {
  return readdirSync(join(ROOT, 'migrations'))
    .filter((name) => /^\d+\.do\..*\.sql$/.test(name))
    .toSorted()
    .map((name) => ({
      version: Number.parseInt(name, 10),
      file: join('migrations', name),
      checksum: createHash('md5')
        .update(readFileSync(join(ROOT, 'migrations', name)))
        .digest('hex'),
    }));
}
