import { beforeAll, expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { createMetrics } from '../../../platform/kernel/metrics.ts';
import { watchDecisions } from './watch-decisions.ts';

const runtime = createTestRuntime();
let database: Database;
beforeAll(async () => {
  database = await openTestDatabase(runtime);
}, 30_000);

/** Stores so many decisions, later than all before, one score after the other from `from` on. */
async function decide(count: number, from: number, effect: string) {
  await database.query(
    (sql) => sql`
      with customer as (
        insert into users (id, email, password_hash) values (gen_random_uuid(), gen_random_uuid()::text, 'x')
        returning id
      )
      insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version, features,
        contributions, reasons, emotion_effect, created_at)
      select gen_random_uuid(), customer.id, score <= 0.6, score, 'm', 'v1',
        jsonb_build_object('transaction_count_30d', number % 40, 'avg_transaction_value_30d', 50,
          'avg_positivity_7d', 0.5, 'stress_events_30d', 0),
        '{}', case when score <= 0.6 then '[]'::jsonb else '[{"code": "few_transactions"}]' end, ${effect},
        now() + number * interval '1 ms'
          + (select coalesce(max(created_at) - now(), interval '0') from credit_analyses)
      from customer, generate_series(1, ${count}) as number,
        lateral (select ${from}::float8 + (number % 100) / 200.0 as score) as scored`,
  );
}

test('the gauges tell how far the newest decisions moved, and the shares of their outcomes', async () => {
  await decide(2000, 0, 'help_only');
  const metrics = createMetrics();
  let clockMs = 0;
  watchDecisions({ database, metrics, now: () => clockMs });
  expect(await metrics.scrape()).toContain('effect="help_only"');
  await decide(500, 0.5, 'off');
  clockMs = 60_000;
  const text = await metrics.scrape();
  const valueOf = (name: string) => Number(text.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1]);
  expect(valueOf('ecs_decisions_psi\\{of="score"\\}')).toBeGreaterThan(0.25);
  expect(valueOf('ecs_decisions_psi\\{of="transaction_count_30d"\\}')).toBeLessThan(0.1);
  expect(valueOf('ecs_decisions_psi\\{of="stress_events_30d"\\}')).toBe(0);
  // Scores of 0.5 to 0.6 are approved: 21 of each 100.
  expect(valueOf('ecs_decisions_approved_ratio')).toBeCloseTo(0.21, 10);
  expect(valueOf('ecs_decisions_denied_ratio\\{reason="few_transactions"\\}')).toBeCloseTo(0.79, 10);
  expect(valueOf('ecs_decisions_emotion_effect_ratio\\{effect="off"\\}')).toBe(1);
  expect(text).not.toContain('effect="help_only"');
});

test('the gauges are not read again at each scrape', async () => {
  const metrics = createMetrics();
  let reads = 0;
  const counted = {
    ...database,
    query: ((work) => ((reads += 1), database.query(work))) as Database['query'],
  };
  watchDecisions({ database: counted, metrics });
  for (let scrape = 0; scrape < 5; scrape += 1) await metrics.scrape();
  expect(reads).toBe(1);
});
