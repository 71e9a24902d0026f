import type postgres from 'postgres';

/** Returns the number of statements that wait for a lock, in this database: tests beside it have others. */
export async function countLockWaits(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  return row?.count ?? 0;
}
