import type { Database } from '../../platform/data/sql.ts';
import { storeDecisions } from './stored-decisions.ts';

export const EVENTS_OF_CUSTOMER = 3000;

/** A customer with rows in each table of the inventory; every text of theirs holds the mark. */
export async function storeCustomer(database: Database, mark: string, userId: string): Promise<void> {
  await database.query(
    (sql) => sql`
      insert into users (id, email, password_hash) values (${userId}, ${`${mark}@example.com`}, 'secret')
      on conflict (id) do update set email = excluded.email, password_hash = 'secret'`,
  );
  await database.query(
    (sql) => sql`
      insert into emotional_events
        (id, user_id, occurred_at, event_type, positivity, intensity, stress_level, trace_id, occurred_month)
      select gen_random_uuid(), ${userId}, now(), ${mark}::text, 0.5, 0.25, 0.125, ${mark},
        date_trunc('month', now())::date
      from generate_series(1, ${EVENTS_OF_CUSTOMER})`,
  );
  await database.query(
    (sql) => sql`
      with t as (
        insert into transactions (id, user_id, amount, occurred_at, trace_id, occurred_month)
        values (gen_random_uuid(), ${userId}, 12.34, now(), ${mark}, date_trunc('month', now())::date)),
      es as (
        insert into emotional_daily_sums
          (user_id, summary_date, event_count, positivity_sum, intensity_sum, stress_sum, stress_event_count)
        values (${userId}, '2026-11-01', 3, 1, 1, 1, 1)),
      ts as (
        insert into transaction_daily_sums (user_id, summary_date, transaction_count, amount_sum)
        values (${userId}, '2026-11-01', 3, 12)),
      n as (
        insert into notifications (id, user_id, position, type, title, message)
        values (gen_random_uuid(), ${userId}, 1, 'CREDIT_DENIED', ${mark}, ${mark})),
      o as (
        insert into outbox (id, topic, payload)
        values (${mark}, 'userNotifications', ${sql.json({ userId, title: mark })})),
      co as (
        insert into consents (user_id, purpose, granted, text_version, given_at)
        values (${userId}, 'offers', true, ${mark}, now())),
      f as (insert into fact_versions (user_id) values (${userId}) on conflict do nothing),
      l as (
        insert into credit_analysis_latest (user_id, analysis_id, features, analyzed_at, basis)
        values (${userId}, gen_random_uuid(), '{}', now(), ${mark})),
      k as (
        insert into idempotency_keys (scope, key, fingerprint, locked_until)
        values (${userId}, ${mark}, 'hidden-fingerprint', now())),
      al as (
        insert into audit_log (actor_kind, act, subject_kind, customer_id, reason)
        values ('customer', 'offer.accept', 'offer', ${userId}, ${mark})),
      r as (
        insert into reviews (analysis_id, user_id, statement)
        select id, user_id, ${mark} from credit_analyses where user_id = ${userId} limit 1),
      w as (
        insert into webhook_endpoints (url, event_types, secret, created_by, description)
        values ('https://example.com/', '{credit.denied}', 'hidden-fingerprint', 'olga', 'olga')
        returning id),
      wd as (
        insert into webhook_deliveries (endpoint_id, event_id, user_id, event_type, payload, log)
        select id, gen_random_uuid(), ${userId}, 'credit.denied', ${mark},
          ${sql.json([{ response: mark, error: 'hidden-fingerprint' }])} from w),
      wl as (
        insert into webhook_lanes (endpoint_id, user_id, next_at) select id, ${userId}, now() from w),
      c as (
        insert into credit_limits
          (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
        values (gen_random_uuid(), ${userId}, 'expired', 1000, 5, 'SHORT_TERM_PERSONAL_LOAN', now()))
      insert into challenger_predictions (analysis_id, model, twin, latency_ms)
      select id, ${mark}, '{}', 1 from credit_analyses where user_id = ${userId} limit 1`,
  );
}

/** Two customers with stored decisions. */
export async function analyzedCustomers(database: Database): Promise<[string, string]> {
  await database.query((sql) => storeDecisions(sql, 12), 10_000);
  const rows = await database.query(
    (sql) => sql<{ id: string }[]>`select distinct user_id as id from credit_analyses limit 2`,
  );
  const [ada, bruno] = rows.map(({ id }) => id);
  if (!ada || !bruno) throw new Error('no decisions were stored');
  return [ada, bruno];
}
