import type { TransactionMessage } from '../../platform/messaging/event-topics.ts';
import type { Database } from '../../platform/data/sql.ts';
import { lockFacts } from '../../platform/consuming/lock-facts.ts';
import { isIdStored, isInAnotherMonth, monthsOfEvent } from '../../platform/consuming/other-months.ts';
import type { Difference } from '../../platform/consuming/store-events.ts';

/**
 * Stores the transactions that are new and adds exactly those to the daily sums, in one statement. Sorted, so
 * that two workers take the same locks in the same order. Returns how many were new.
 */
export async function insertTransactions(database: Database, rows: TransactionMessage[]): Promise<number> {
  const [row] = await database.query(
    (sql) => sql<[{ stored: number }]>`
      with incoming as (
        select distinct on (user_id, id) *,
          date_trunc('month', occurred_at at time zone 'utc')::date as occurred_month
        from unnest(
          ${rows.map((row) => row.eventId)}::uuid[],
          ${rows.map((row) => row.userId)}::uuid[],
          ${rows.map((row) => String(row.amount))}::numeric[],
          ${rows.map((row) => row.occurredAt)}::text[]::timestamptz[],
          ${rows.map((row) => row.traceId)}::text[],
          ${rows.map((row) => row.source ?? null)}::text[]
        ) with ordinality as event (id, user_id, amount, occurred_at, trace_id, source, position)
        order by user_id, id, position
      ),
      stored as (
        insert into transactions (id, user_id, amount, occurred_at, trace_id, source, occurred_month)
        select id, user_id, amount, occurred_at, trace_id, source, occurred_month from incoming
        where exists (select from users where users.id = incoming.user_id offset 0)
          and not ${isInAnotherMonth(sql, 'transactions')}
        order by user_id, id
        on conflict (user_id, id, occurred_month) do nothing
        returning user_id, occurred_at, amount, source
      ),
      summed as (
        insert into transaction_daily_sums as day
          (user_id, summary_date, transaction_count, amount_sum,
          platform_transaction_count, platform_amount_sum)
        select user_id, (occurred_at at time zone 'utc')::date as summary_date, count(*), sum(amount),
          count(*) filter (where source = 'platform'),
          coalesce(sum(amount) filter (where source = 'platform'), 0)
        from stored
        group by user_id, summary_date
        order by user_id, summary_date
        on conflict (user_id, summary_date) do update set
          transaction_count = day.transaction_count + excluded.transaction_count,
          amount_sum = day.amount_sum + excluded.amount_sum,
          platform_transaction_count = day.platform_transaction_count + excluded.platform_transaction_count,
          platform_amount_sum = day.platform_amount_sum + excluded.platform_amount_sum,
          updated_at = now()
        returning user_id
      )
      select count(*)::int as stored, ${lockFacts(sql, sql`summed`)} from stored`,
  );
  return row.stored;
}

/**
 * Returns the transactions that are not stored as they came. Amounts are compared as numbers, a time only
 * when the client gave it, and the source never: the first one stays.
 */
export async function compareTransactions(
  database: Database,
  rows: TransactionMessage[],
): Promise<Difference[]> {
  return database.query(
    (sql) => sql<Difference[]>`
      with incoming as (
        select *, ${monthsOfEvent(sql)} as months
        from unnest(
          ${rows.map((row) => row.eventId)}::uuid[],
          ${rows.map((row) => row.userId)}::uuid[],
          -- As the column keeps it.
          ${rows.map((row) => String(row.amount))}::numeric(12, 2)[],
          ${rows.map((row) => row.occurredAt)}::text[]::timestamptz[],
          ${rows.map((row) => String(row.occurredAtAssigned === true))}::text[]::boolean[]
        ) with ordinality as event (id, user_id, amount, occurred_at, assigned, position)
      )
      select position::int - 1 as index,
        case
          when not exists (select from users where users.id = incoming.user_id offset 0) then 'unknown_user'
          when ${isIdStored(sql, 'transactions')} then 'conflict'
          else 'missing'
        end as code
      from incoming
      where not exists (
        select from transactions existing
        where existing.user_id = incoming.user_id and existing.id = incoming.id
          and existing.occurred_month = any (incoming.months)
          and (incoming.assigned or existing.occurred_at = incoming.occurred_at)
          and existing.amount = incoming.amount
        offset 0)
      order by position`,
  );
}
