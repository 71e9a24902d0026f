import type { Sql } from '../../platform/data/sql.ts';
import { resolveDatabase } from '../config/context.ts';
import { withDatabase } from '../config/database.ts';
import type { SystemFlags } from '../config/session.ts';

/** Runs the owner's statements on operators. With DATABASE_URL alone, on any database, without a system. */
export function withOperators<T>(flags: SystemFlags, work: (sql: Sql) => Promise<T>): Promise<T> {
  return withDatabase(resolveDatabase(flags), 'ecs operators', work);
}
