import type { Sql } from '../../platform/data/sql.ts';
import { chooseRemote, resolveContext } from '../config/context.ts';
import { withDatabase } from '../config/database.ts';
import type { SystemFlags } from '../config/session.ts';
import { readUserEnvironment } from '../ui/environment.ts';

/** Runs the owner's statements on operators. With DATABASE_URL alone, on any database, without a system. */
export function withOperators<T>(flags: SystemFlags, work: (sql: Sql) => Promise<T>): Promise<T> {
  const { databaseUrl } = readUserEnvironment();
  const system = databaseUrl === undefined || chooseRemote(flags) ? resolveContext(flags) : { databaseUrl };
  return withDatabase(system, 'ecs operators', work);
}
