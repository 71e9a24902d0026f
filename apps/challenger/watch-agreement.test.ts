import { beforeAll, expect, test } from 'bun:test';
import type { Database } from '../../platform/data/sql.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { completeApplication, prepareApplication } from '../../underwriting/decision/apply.ts';
import shipped from '../../underwriting/policies/v1.json';
import { compilePolicy } from '../../underwriting/policy/compile-policy.ts';
import type { FeatureVector } from '../../underwriting/risk-model.ts';
import { score } from '../../underwriting/scorecard.ts';
import { insertPredictions } from './store.ts';
import { watchAgreement } from './watch-agreement.ts';

const runtime = createTestRuntime();
const policy = compilePolicy(shipped);
let database: Database;
beforeAll(async () => {
  database = await openTestDatabase(runtime);
}, 30_000);

/** Stores a decision of the champion, and a challenger that adds so much to each of its scores. */
async function decide(transactionCount: number, more: number) {
  const [userId, analysisId] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];
  const today = '2026-11-28';
  const day = { transactionCount, amountSum: transactionCount * 100 };
  const application = prepareApplication(policy, {
    jurisdiction: 'DE',
    today,
    transactions: [{ date: today, ...day, platform: day }],
    emotions: null,
    exposure: 0,
  });
  const ask = async (vectors: FeatureVector[]) =>
    vectors.map((features) => ({ ...score(features), model_version: 'scorecard-1' }));
  const circumstances = { analysisId, userId, traceId: null, decidedAt: new Date(), salt: 'salt' };
  const record = await completeApplication(application, { ask, askAgain: ask }, circumstances);
  const { features, prediction } = record.twin;
  await database.query(
    (sql) => sql`
      with customer as (
        insert into users (id, email, password_hash) values (${userId}, ${userId}, 'x') returning id
      )
      insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version, features,
        contributions, reasons, record)
      select ${analysisId}, id, ${record.approved}, ${prediction.risk_score}, 'scorecard-1', 'v1',
        ${sql.json(features)}, '{}', '[]', ${sql.json(record)} from customer`,
  );
  const twin = { risk_score: Math.min(1, prediction.risk_score + more), model_version: 'challenger-1' };
  await insertPredictions(database, [{ analysisId, twin, full: null, latencyMs: 20 }]);
}

test('the gauges compare both models by the active policy', async () => {
  await database.query(
    (sql) => sql`
      with added as (
        insert into policies (version, document, hash, state, created_by, proposed_by, approved_by)
        values ('v1', ${sql.json(policy.document)}, ${policy.hash}, 'active', 'ada', 'ada', 'grace')
        returning version
      )
      insert into policy_activations (jurisdiction, version, activated_by) select '*', version, 'test' from added`,
  );
  // 30 transactions are approved with room, 12 closely, none never.
  for (const [count, more] of [
    [30, 0.01],
    [12, 0.1],
    [0, 0.01],
    [0, 0.01],
  ] as const) {
    await decide(count, more);
  }
  const metrics = createMetrics();
  watchAgreement({ database, metrics });
  const text = await metrics.scrape();
  const valueOf = (name: string) => Number(text.match(new RegExp(`^${name} (.*)$`, 'm'))?.[1]);
  expect(valueOf('ecs_challenger_pairs')).toBe(4);
  expect(valueOf('ecs_challenger_agreement_ratio')).toBe(0.75);
  expect(valueOf('ecs_challenger_flips\\{to="denied"\\}')).toBe(1);
  expect(valueOf('ecs_challenger_flips\\{to="approved"\\}')).toBe(0);
  expect(valueOf('ecs_challenger_approved_ratio\\{model="champion"\\}')).toBe(0.5);
  expect(valueOf('ecs_challenger_approved_ratio\\{model="challenger"\\}')).toBe(0.25);
  expect(valueOf('ecs_challenger_latency_p95_seconds')).toBeCloseTo(0.02, 10);
});
