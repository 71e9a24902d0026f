import type { Sql } from '../../platform/data/sql.ts';
import { DAY_MS } from '../../sdk/contracts/time.ts';

const dayAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
/** An hour is counted once it is over: the figures of these days are the same at any time of today. */
export const COMPLETE_DAYS = { from: dayAgo(30), to: dayAgo(1) };

/**
 * Stores customers of each jurisdiction with an event each at 12:30 UTC of each of the last 63 days and of
 * today, and a decision of each every day, then counts them as the services' statements would. Stress is
 * higher in the last 7 complete days; nothing else changes.
 */
export async function storePopulation(sql: Sql, customers: Record<string, number>): Promise<void> {
  const places = Object.entries(customers).flatMap(([place, count]) =>
    Array.from({ length: count }, () => place),
  );
  const bytes = places.map((_, index) => index.toString(16).padStart(4, '0'));
  await sql`
    insert into users (id, email, password_hash, jurisdiction)
    select ('0198f3a2-7c11-4d3e-9b53-0d6a1f2c' || byte)::uuid, byte || '@example.com', 'x', place
    from unnest(${places}::text[], ${bytes}::text[]) as customer (place, byte)`;
  await sql`
    insert into emotional_events
      (id, user_id, occurred_at, occurred_month, event_type, positivity, intensity, stress_level)
    select gen_random_uuid(), users.id, at, date_trunc('month', at at time zone 'utc')::date, 'calm',
      0.3 + number * 0.018, 0.2 + ((number * 7) % 25) * 0.025, case when age between 1 and 7 then 0.25 else 0.1 end + number * 0.02
    from (select id, row_number() over (partition by jurisdiction order by id) - 1 as number from users
        where email like '%@example.com') as users,
      generate_series(0, 63) as age,
      lateral (select ((now() at time zone 'utc')::date - age + time '12:30') at time zone 'utc' as at) as time`;
  await sql`
    insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at,
      created_at, accepted_at, activated_at)
    select gen_random_uuid(), users.id, 'closed', 7000 + number * 80, 6 + number * 0.1, 'LONG_TERM_PERSONAL_LOAN', now(),
      at, at + interval '1 hour', at + interval '1 hour' + make_interval(secs => 0.1 + number * 0.02)
    from (select id, row_number() over (partition by jurisdiction order by id) - 1 as number from users
        where email like '%@example.com') as users,
      generate_series(0, 83) as age,
      lateral (select ((now() at time zone 'utc')::date - age + time '13:00') at time zone 'utc' as at) as time
    -- Half of the days each; denied on the others.
    where (number + age) % 2 = 0`;
  await sql`
    insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version, features,
      contributions, reasons, offer_id, jurisdiction, created_at, record)
    select gen_random_uuid(), users.id, l.id is not null, 0.3, 'm', 'v1', '{}', '{}',
      case when l.id is null then '[{"code": "few_transactions"}]' else '[]' end::jsonb, l.id, jurisdiction, at,
      jsonb_build_object('approved', l.id is not null, 'full', '{}'::jsonb,
        'terms', case when l.id is null then null
          else jsonb_build_object('credit_limit', l.credit_limit, 'interest_rate', l.interest_rate) end,
        'outcomes', jsonb_build_object('twin', jsonb_build_object('approved', l.id is not null,
          'terms', case when l.id is null then null
            else jsonb_build_object('credit_limit', l.credit_limit - 100, 'interest_rate', l.interest_rate) end)))
    from (select * from users where email like '%@example.com') as users
    cross join generate_series(0, 83) as age
    cross join lateral
      (select ((now() at time zone 'utc')::date - age + time '13:00') at time zone 'utc' as at) as time
    left join credit_limits l on l.user_id = users.id and l.created_at = at`;
  await sql`select recount_rollups('-infinity')`;
}
