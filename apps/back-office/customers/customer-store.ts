import type { CustomerDays, CustomerFound } from '../../../sdk/contracts/operator-customers.ts';
import type { Sql } from '../../../platform/data/sql.ts';

/** The customer of a thing with a key of its own; null without one. */
export async function selectOwner(sql: Sql, id: string): Promise<CustomerFound | null> {
  const [owner] = await sql<CustomerFound[]>`
    select id as user_id, 'customer' as kind from users where id = ${id}
    union all select user_id, 'offer' from credit_limits where id = ${id} and user_id is not null
    union all select user_id, 'analysis' from credit_analyses where id = ${id} and user_id is not null
    union all select user_id, 'review' from reviews where id = ${id}
    union all select user_id, 'notification' from notifications where id = ${id}
    limit 1`;
  return owner ?? null;
}

/** The customer of an event; where two have brought the same id, either of them. */
export async function selectEventOwner(sql: Sql, id: string): Promise<CustomerFound | null> {
  const [owner] = await sql<CustomerFound[]>`
    select user_id, 'emotion' as kind from emotional_events where id = ${id}
    union all select user_id, 'transaction' from transactions where id = ${id}
    limit 1`;
  return owner ?? null;
}

export const selectEmotionDays = (
  sql: Sql,
  { userId, from }: { userId: string; from: string },
): Promise<CustomerDays['emotions']> => sql`
  select to_char(summary_date, 'YYYY-MM-DD') as date, event_count::int as events,
    (positivity_sum / event_count)::float8 as positivity, (intensity_sum / event_count)::float8 as intensity,
    (stress_sum / event_count)::float8 as stress, stress_event_count::int as stressful_events
  from emotional_daily_sums
  where user_id = ${userId} and summary_date >= ${from}::text::date and event_count > 0
  order by summary_date`;

export const selectSpendingDays = (
  sql: Sql,
  { userId, from }: { userId: string; from: string },
): Promise<CustomerDays['spending']> => sql`
  select to_char(summary_date, 'YYYY-MM-DD') as date, transaction_count::int as transactions,
    amount_sum::float8 as amount
  from transaction_daily_sums
  where user_id = ${userId} and summary_date >= ${from}::text::date
  order by summary_date`;
