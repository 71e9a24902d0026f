import type { Database } from '../../../platform/data/sql.ts';
import type { DecidedPlace } from '../../../platform/decisions/decision-reads.ts';
import { type DecisionRow, decisionColumns, updateToRemainders } from '../decision-remainders.ts';

/** The statements of retention. Each takes a bounded number of rows, and returns how many. */
const ROWS_PER_STATEMENT = 2000;
const DECISIONS_PER_STATEMENT = 200;
const DROP_MS = 10_000;

/** Drops raw events of whole months; returns the number of tables. */
export async function dropOldEvents(database: Database, months: number): Promise<number> {
  const rows = await database.query((sql) => sql`select drop_event_partitions(${months}::int)`, DROP_MS);
  return rows.length;
}

/**
 * Deletes raw events of dropped months that had no table of their own, and are in the default one; call it
 * after `dropOldEvents`, so that there is no other place where it must look.
 */
export async function deleteOldEvents(
  database: Database,
  table: 'emotional_events' | 'transactions',
  months: number,
): Promise<number> {
  const rows = await database.query(
    (sql) => sql`
      delete from ${sql(table)} where (user_id, id, occurred_month) in (
        select user_id, id, occurred_month from ${sql(table)}
        where occurred_month
          < date_trunc('month', now() at time zone 'utc') - make_interval(months => ${months})
        limit ${ROWS_PER_STATEMENT})`,
  );
  return rows.count;
}

/** Deletes the sums of old days, of the customers after one; returns the last of these, null at the end. */
export async function deleteOldSums(
  database: Database,
  table: 'emotional_daily_sums' | 'transaction_daily_sums',
  months: number,
  after: string | null,
): Promise<{ last: string | null; count: number }> {
  const [row] = await database.query(
    (sql) => sql<{ last: string | null; count: number }[]>`
      with page as (
        select id from users where ${after}::uuid is null or id > ${after}::uuid
        order by id limit ${ROWS_PER_STATEMENT}
      ),
      gone as (
        delete from ${sql(table)} where user_id in (select id from page)
          and summary_date < (now() at time zone 'utc')::date - make_interval(months => ${months})
        returning 1
      )
      select (select id from page order by id desc limit 1) as last,
        (select count(*)::int from gone) as count`,
  );
  return row ?? { last: null, count: 0 };
}

/** Deletes old notifications, found by their ids, which begin with their time. */
export async function deleteOldNotifications(
  database: Database,
  months: number,
  before: string,
): Promise<number> {
  const rows = await database.query(
    (sql) => sql`
      delete from notifications where id in (
        select id from notifications
        where id < ${before} and created_at < now() - make_interval(months => ${months})
        order by id limit ${ROWS_PER_STATEMENT})`,
  );
  return rows.count;
}

/**
 * Takes customers out of decisions that the law no longer asks for, on a page after a place; returns the last
 * place, null at the end. The decision of an open limit stays as it is.
 */
export async function anonymizeOldDecisions(
  database: Database,
  months: number,
  after: DecidedPlace | null,
): Promise<{ last: DecidedPlace | null; count: number }> {
  const rows = await database.query(
    (sql) => sql<(DecisionRow & { at: string; isDue: boolean })[]>`
      select ${decisionColumns(sql)}, created_at::text as at,
        user_id is not null and not exists (
          select from credit_limits where credit_limits.id = decision.offer_id
            and status in ('offered', 'accepted', 'active')) as "isDue"
      from credit_analyses decision
      where created_at < now() - make_interval(months => ${months})
        and (created_at, id) > (coalesce(${after?.at ?? null}::text::timestamptz, '-infinity'),
          coalesce(${after?.id ?? null}::uuid, '00000000-0000-0000-0000-000000000000'))
      order by created_at, id limit ${DECISIONS_PER_STATEMENT}`,
  );
  const due = rows.filter(({ isDue }) => isDue);
  if (due.length > 0) await updateToRemainders(database, due);
  return { last: rows.at(-1) ?? null, count: due.length };
}
