import type { Lifecycle } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { startLoop } from '../kernel/loop.ts';
import type { Database, Sql } from './sql.ts';

/** Raw events are kept in one partition a month; see migrations/0005. */
const EVENT_TABLES = ['emotional_events', 'transactions'] as const;
export type EventTable = (typeof EVENT_TABLES)[number];

interface Partition {
  table: string;
  /** `2026-11` */
  month: string;
  bytes: number;
  /** As the planner estimates them. */
  rows: number;
}

const EVERY_MS = 60 * 60 * 1000;
const RETRY_MS = 5000;
const DROP_MS = 10_000;

/**
 * Makes the coming months' partitions in time. Without one nothing is lost: the default partition takes it.
 */
export function startPartitionKeeper(options: {
  database: Database;
  lifecycle: Lifecycle;
  log: Logger;
}): void {
  const { database, lifecycle, log } = options;
  startLoop({
    name: 'event tables',
    everyMs: EVERY_MS,
    retryMs: RETRY_MS,
    lifecycle,
    work: () => ensureEventTables(database),
    onFailure: (error) => log.debug(errorFields(error), 'cannot make the event tables of the coming months'),
  });
}

/** From now; the coming month first, which has the least time. */
const MONTHS = [1, 0, -1, -2];

/**
 * Makes the missing partitions of the months around now, by the clock of the database unless it is told, each
 * in a statement of its own. Throws the first failure once all were tried.
 */
export async function ensureEventTables(database: Database, now: Date | null = null): Promise<void> {
  const failures: unknown[] = [];
  for (const months of MONTHS) {
    for (const parent of EVENT_TABLES) {
      await database
        .query(
          (sql) => sql`
            select ensure_event_partition(${parent}, (${startOfMonth(sql, now)}
              + make_interval(months => ${months}))::date)`,
        )
        .catch((error: unknown) => failures.push(error));
    }
  }
  if (failures.length > 0) throw failures[0];
}

const startOfMonth = (sql: Sql, now: Date | null) =>
  sql`date_trunc('month', coalesce(${now}::timestamptz, now()) at time zone 'utc')`;

/** The partitions of whole months that are older than the newest `months`, oldest first. */
export async function listExpired(
  database: Database,
  months: number,
  now: Date | null = null,
): Promise<Partition[]> {
  return database.query(
    (sql) => sql<Partition[]>`
      select child.relname as table, to_char(month, 'YYYY-MM') as month,
        pg_total_relation_size(child.oid)::float8 as bytes, greatest(child.reltuples, 0)::float8 as rows
      from pg_inherits
      join pg_class child on child.oid = inhrelid
      join pg_class parent on parent.oid = inhparent
        and parent.relname in ${sql(EVENT_TABLES)},
      to_date(substring(child.relname from '_([0-9]{4}_[0-9]{2})$'), 'YYYY_MM') as month
      where month < ${startOfMonth(sql, now)} - make_interval(months => ${months})
      order by month, child.relname`,
  );
}

export async function dropPartition(database: Database, { table }: Partition): Promise<void> {
  await database.query((sql) => sql`drop table ${sql(table)}`, DROP_MS);
}
