import { beforeAll, describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import { createCli } from '../../tests/cli/harness.ts';
import { createTestDatabase } from '../../tests/harness/engines.ts';
import { compareModels } from '../../underwriting/comparison/model-comparison.ts';
import { completeApplication, prepareApplication } from '../../underwriting/decision/apply.ts';
import { compilePolicy } from '../../underwriting/policy/compile-policy.ts';
import shipped from '../../underwriting/policies/v1.json';
import type { FeatureVector, Prediction } from '../../underwriting/risk-model.ts';
import { score, type ScorecardVersion } from '../../underwriting/scorecard.ts';
import { selectModels } from '../../platform/decisions/model-reads.ts';
import { pairDecisions } from './pair-decisions.ts';

/** Champion and challenger over stored decisions, on a database of its own. */
let sql: postgres.Sql;
let url: string;
const policy = compilePolicy(shipped);
const { ecs } = createCli();
const TODAY = '2026-11-28';
const DECISIONS = 300;

const predict =
  (version: ScorecardVersion) =>
  (features: FeatureVector): Prediction => ({ ...score(features, version), model_version: version });
const champion = predict('scorecard-1');

/** Decides on a customer by the champion, as the service does, and stores the record. */
async function decide(
  index: number,
): Promise<{ id: string; twin: FeatureVector; full: FeatureVector | null }> {
  const [userId, analysisId] = [crypto.randomUUID(), crypto.randomUUID()];
  const platform = { transactionCount: 0, amountSum: 0 };
  const application = prepareApplication(policy, {
    jurisdiction: ['BR', 'US', 'DE'][index % 3] ?? 'BR',
    today: TODAY,
    transactions: [
      { date: TODAY, transactionCount: index % 41, amountSum: (index % 41) * (20 + (index % 190)), platform },
    ],
    emotions:
      index % 3 === 2
        ? null
        : [
            {
              date: TODAY,
              eventCount: 10,
              positivitySum: index % 11,
              stressEventCount: index % 17,
              platform: { eventCount: 0, positivitySum: 0, stressEventCount: 0 },
            },
          ],
    exposure: 0,
  });
  const ask = async (vectors: FeatureVector[]) => vectors.map(champion);
  const record = await completeApplication(
    application,
    { ask, askAgain: ask },
    { analysisId, userId, traceId: null, decidedAt: new Date(), salt: 'salt' },
  );
  await sql`insert into users (id, email, password_hash) values (${userId}, ${userId}, 'x')`;
  await sql`
    insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version, features,
      contributions, reasons, record, created_at)
    values (${analysisId}, ${userId}, ${record.approved}, ${record.twin.prediction.risk_score}, 'scorecard-1',
      'v1', ${sql.json(record.twin.features)}, '{}', '[]', ${sql.json(record)}, now() + ${index} * interval '1 ms')`;
  return { id: analysisId, twin: record.twin.features, full: record.full?.features ?? null };
}

async function challenge(
  decided: Awaited<ReturnType<typeof decide>>[],
  model: string,
  version: ScorecardVersion,
  latencyMs = 12,
): Promise<void> {
  for (const { id, twin, full } of decided) {
    const predicted = (features: FeatureVector) => ({ ...predict(version)(features), model_version: model });
    await sql`
      insert into challenger_predictions (analysis_id, model, twin, "full", latency_ms)
      values (${id}, ${model}, ${sql.json(predicted(twin))}, ${full && sql.json(predicted(full))}, ${latencyMs})`;
  }
}

beforeAll(async () => {
  url = await createTestDatabase();
  sql = postgres(url, { max: 4, onnotice: () => {} });
  await sql`insert into policies (version, document, hash, state, created_by, proposed_by, approved_by)
    values ('v1', ${sql.json(policy.document)}, ${policy.hash}, 'active', 'ada', 'ada', 'grace')`;
  await sql`insert into policy_activations (jurisdiction, version, activated_by) values ('*', 'v1', 'test')`;
  const decided = [];
  for (let index = 0; index < DECISIONS; index += 1) decided.push(await decide(index));
  await challenge(decided, 'same', 'scorecard-1');
  await challenge(decided, 'slow', 'scorecard-1', 700);
  await challenge(decided.slice(0, 50), 'few', 'scorecard-1');
  await challenge(decided, 'scorecard-2', 'scorecard-2');
}, 60_000);

const compare = async (challenger: string, objective: 'approvals' | 'risk' | null = 'approvals') => {
  const { pairs } = await pairDecisions(sql, { challenger, last: 1000 });
  return compareModels(pairs, objective);
};

describe('a challenger', () => {
  test('that is the champion agrees with every stored decision', async () => {
    const comparison = await compare('same');
    expect(comparison).toMatchObject({ pairs: DECISIONS, agreement: 1, broken_guardrails: [] });
    const [row] = await sql`select avg(approved::int)::float8 as approved from credit_analyses`;
    expect(comparison.approved.champion).toBeCloseTo(row?.approved as number, 10);
    expect(comparison.cohorts.map(({ pairs }) => pairs)).toEqual([100, 100, 100]);
  });

  test('of another version is judged by the active policy, in each jurisdiction by its emotion effect', async () => {
    const { flips, agreement, verdict } = await compare('scorecard-2');
    expect(flips.to_approved + flips.to_denied).toBeGreaterThan(0);
    expect(agreement).toBeLessThan(1);
    expect(['better', 'worse', 'not enough data']).toContain(verdict);
    const { pairs } = await pairDecisions(sql, { challenger: 'scorecard-2', last: 1000 });
    const german = pairs.filter(({ jurisdiction }) => jurisdiction === 'DE');
    for (const { features, challenger } of german) {
      expect(challenger.score).toBe(score(features, 'scorecard-2').risk_score);
    }
  });

  test('stands beside the champion in the list, with its response time', async () => {
    const rows = await selectModels(sql);
    expect(rows.find(({ role }) => role === 'champion')).toMatchObject({
      version: 'scorecard-1',
      decisions: DECISIONS,
    });
    expect(rows.find(({ version }) => version === 'slow')).toMatchObject({
      role: 'challenger',
      latency_p95_ms: 700,
    });
  });
});

describe('ecs model promote', () => {
  const promote = async (challenger: string) => {
    const { code, stdout } = await ecs(['model', 'promote', challenger, '--json'], {
      env: { DATABASE_URL: url },
    });
    return { code, ...(JSON.parse(stdout) as { ok: boolean; error?: { code: string; message: string } }) };
  };

  test.each([
    ['slow', 'ms, at most 400'],
    ['few', '50 pairs, at least 200'],
    ['unknown', '0 pairs, at least 200'],
  ])('refuses the challenger %s and names the broken guardrail', async (challenger, message) => {
    const { code, error } = await promote(challenger);
    expect(code).toBe(6);
    expect(error).toMatchObject({ code: 'guardrail_broken', message: expect.stringContaining(message) });
  });

  test('names the configuration to change for one that keeps them all', async () => {
    const { code, stdout } = await ecs(['model', 'promote', 'same'], { env: { DATABASE_URL: url } });
    expect(code).toBe(0);
    expect(stdout).toContain('CREDIT_ANALYSIS_SERVICE_URL  to the CHALLENGER_MODEL_URL');
  });
});
