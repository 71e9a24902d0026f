import { join } from 'node:path';
import Postgrator from 'postgrator';
import { connectPostgres } from './connect-postgres.ts';

const MIGRATIONS = join(import.meta.dir, '..', '..', 'migrations', '*.sql');
/** Any constant will do: it keeps two migrations of one database apart. */
const ADVISORY_LOCK = 4_517_231;

/**
 * Brings the database to the newest version: plain SQL files in order, checked by checksum, under an advisory
 * lock, all in one transaction, so that a crash half-way leaves the version before.
 */
export async function migrate(databaseUrl: string): Promise<{ applied: string[]; version: number }> {
  const sql = connectPostgres(databaseUrl, { max: 1, name: 'ecs migrate', connectSeconds: 5 });
  try {
    // The driver's own transactions are unsafe only when a backend dies under a shared pool; here is one
    // connection.
    await sql`begin`;
    await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`;
    const migrator = new Postgrator({
      driver: 'pg',
      migrationPattern: MIGRATIONS,
      schemaTable: 'schema_version',
      execQuery: async (query: string) => ({ rows: await sql.unsafe(query) }),
    });
    const migrations = await migrator.migrate();
    const version = await migrator.getDatabaseVersion();
    await sql`commit`;
    return { applied: migrations.map((migration) => `${migration.version} ${migration.name}`), version };
  } finally {
    await sql.end({ timeout: 1 });
  }
}
