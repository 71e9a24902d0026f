import { steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import { connectPostgres, rejectsParameters } from '../../platform/data/connect-postgres.ts';
import { type Database, openDatabase, type Sql } from '../../platform/data/sql.ts';
import { createLog } from '../../platform/kernel/log.ts';
import { CliError, EXIT } from '../ui/output.ts';
import type { Context } from './context.ts';

const QUERY_SECONDS = 30;

/** Runs the work of a service on a database, for its owner. Throws a usage error without its address. */
export async function withServiceDatabase<T>(
  databaseUrl: string | undefined,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const log = createLog({ name: 'ecs', level: 'silent' });
  const database = openDatabase({ url: requireDatabase(databaseUrl), name: 'cli', poolSize: 1, log });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

export function requireDatabase(databaseUrl: string | undefined): string {
  if (databaseUrl) return databaseUrl;
  throw new CliError('no database is known', EXIT.usage, `DATABASE_URL_FILE=FILE ${again()}`);
}

/**
 * Runs the reads of an operator's command on the context's database, over connections of their own. Throws a
 * usage error when the address of the database is not known.
 */
export async function withDatabase<T>(
  { databaseUrl }: Pick<Context, 'databaseUrl'>,
  name: string,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  if (!databaseUrl) {
    throw new CliError(
      'the address of the database is needed: what happened is read from it',
      EXIT.usage,
      steps(`DATABASE_URL_FILE=FILE ${again()}`, 'ecs profile add NAME --url URL --database-url-file FILE'),
    );
  }
  const attempt = async (isPooler: boolean) => {
    const parameters = { statement_timeout: QUERY_SECONDS * 1000 };
    const sql = connectPostgres(databaseUrl, { max: 2, name, connectSeconds: 5, parameters }, isPooler);
    try {
      return await work(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  };
  return attempt(false).catch((error: unknown) => {
    if (rejectsParameters(error)) return attempt(true);
    throw error;
  });
}
