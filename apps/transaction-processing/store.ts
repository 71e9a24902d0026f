import type { TransactionMessage } from '../../platform/events.ts';
import type { Database } from '../../platform/sql.ts';

/**
 * Stores the transactions that are new and adds exactly those to the daily sums, in one statement. Sorted, so
 * that two workers take the same locks in the same order. Answers the users that do not exist.
 */
export async function insertTransactions(
  database: Database,
  rows: TransactionMessage[],
): Promise<Set<string>> {
  const unknown = await database.query(
    (sql) => sql<{ userId: string }[]>`
      with incoming as (
        select distinct on (user_id, id) *,
          date_trunc('month', occurred_at at time zone 'utc')::date as occurred_month
        from unnest(
          ${rows.map((row) => row.eventId)}::uuid[],
          ${rows.map((row) => row.userId)}::uuid[],
          ${rows.map((row) => String(row.amount))}::numeric[],
          ${rows.map((row) => row.occurredAt)}::text[]::timestamptz[],
          ${rows.map((row) => row.traceId)}::text[]
        ) as incoming (id, user_id, amount, occurred_at, trace_id)
        order by user_id, id
      ),
      stored as (
        insert into transactions (id, user_id, amount, occurred_at, trace_id, occurred_month)
        select id, user_id, amount, occurred_at, trace_id, occurred_month from incoming
        where exists (select from users where users.id = incoming.user_id offset 0)
          and not exists ( -- The same id with a time in another month: the key does not see it.
            select from transactions known
            where known.user_id = incoming.user_id and known.id = incoming.id
              and known.occurred_month = any (array[
                incoming.occurred_month - interval '2 months', incoming.occurred_month - interval '1 month',
                incoming.occurred_month + interval '1 month', incoming.occurred_month + interval '2 months'
              ]::date[])
            offset 0)
        order by user_id, id
        on conflict (user_id, id, occurred_month) do nothing
        returning user_id, occurred_at, amount
      ),
      summed as (
        insert into transaction_daily_sums as day (user_id, summary_date, transaction_count, amount_sum)
        select user_id, (occurred_at at time zone 'utc')::date as summary_date, count(*), sum(amount)
        from stored
        group by user_id, summary_date
        order by user_id, summary_date
        on conflict (user_id, summary_date) do update set
          transaction_count = day.transaction_count + excluded.transaction_count,
          amount_sum = day.amount_sum + excluded.amount_sum,
          updated_at = now()
      )
      select distinct user_id as "userId" from incoming
      where not exists (select from users where users.id = incoming.user_id offset 0)`,
  );
  return new Set(unknown.map((row) => row.userId));
}
