import { beforeAll, describe, expect, test } from 'bun:test';
import { CreditDecision } from '../../../sdk/contracts/decision.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { createValidator } from '../../../platform/kernel/validation.ts';
import { createTestRuntime, openTestCache, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { MODEL_VERSION, score } from '../../../underwriting/scorecard.ts';
import { insertUser } from '../accounts/account-store.ts';
import { type ActivePolicies, openActivePolicies } from '../policies/active-policies.ts';
import { createAnalyzeCredit } from './analyze-credit.ts';
import { selectDecision, selectDecisions } from './decision-store.ts';

const runtime = createTestRuntime();
let database: Database;
let analyze: ReturnType<typeof createAnalyzeCredit>;
let policies: ActivePolicies;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  policies = openActivePolicies({ database, lifecycle: runtime.lifecycle, log: runtime.log });
  analyze = createAnalyzeCredit({
    database,
    cache: await openTestCache(runtime),
    policies,
    riskModel: {
      assess: async (vectors) =>
        vectors.map((features) => ({ ...score(features), model_version: MODEL_VERSION })),
      status: () => ({ state: 'closed', failures: 0, nextProbeAt: null }),
      close: async () => {},
    },
  });
});

async function newUser(locale = 'en'): Promise<string> {
  const id = Bun.randomUUIDv7();
  await insertUser(database, { id, email: `${id}@example.com`, passwordHash: 'x' });
  await database.query((sql) => sql`update users set locale = ${locale} where id = ${id}`);
  return id;
}

/** Changes the facts, so that the next analysis is another. */
const addTransaction = (userId: string, amount = 10) =>
  database.query(
    (sql) => sql`
      insert into transaction_daily_sums as day (user_id, summary_date, transaction_count, amount_sum)
      values (${userId}, (now() at time zone 'utc')::date, 1, ${amount})
      on conflict (user_id, summary_date) do update set
        transaction_count = day.transaction_count + 1, amount_sum = day.amount_sum + ${amount}`,
  );

describe('a decision read again', () => {
  test('is everything of its analysis, with values, recourse and circumstances', async () => {
    const userId = await newUser();
    const analysis = await analyze(userId, 'trace');
    const decision = await selectDecision(database, analysis.analysis_id, userId);
    expect(createValidator(CreditDecision).check(decision)).toMatchObject({ ok: true });
    expect(decision).toMatchObject({ ...analysis, reasons: analysis.reasons });
    expect(decision).toMatchObject({
      approved: false,
      emotion_effect: 'help_only',
      explanation_complete: true,
      exposure_before: 0,
      jurisdiction: 'unknown',
      policy_hash: (await policies.policyFor('unknown')).hash,
      review: null,
    });
    expect(decision?.reasons[0]).toMatchObject({ feature: 'transaction_count_30d', value: 0 });
    expect(decision?.recourse?.length).toBeGreaterThan(0);
  });

  test('is of its customer alone', async () => {
    const userId = await newUser();
    const { analysis_id } = await analyze(userId, 'trace');
    expect(await selectDecision(database, analysis_id, await newUser())).toBeNull();
  });

  test('speaks the language of its customer', async () => {
    const userId = await newUser();
    const { analysis_id, reason } = await analyze(userId, 'trace');
    expect(reason).toBe('There are few transactions in the last 30 days.');
    await database.query((sql) => sql`update users set locale = 'pt-BR' where id = ${userId}`);
    const decision = await selectDecision(database, analysis_id, userId);
    expect(decision?.reason).toBe('Há poucas transações nos últimos 30 dias.');
  });

  test('shows the vector that counted: under help_only the twin of a stressed customer', async () => {
    const userId = await newUser();
    await addTransaction(userId);
    await database.query(
      (sql) => sql`
        insert into emotional_daily_sums (user_id, summary_date, event_count, positivity_sum, intensity_sum,
          stress_sum, stress_event_count)
        values (${userId}, (now() at time zone 'utc')::date, 25, 1, 20, 24, 25)`,
    );
    const { analysis_id } = await analyze(userId, 'trace');
    const decision = await selectDecision(database, analysis_id, userId);
    expect(decision?.features).toEqual({
      transaction_count_30d: 1,
      avg_transaction_value_30d: 10,
      avg_positivity_7d: 0.5,
      stress_events_30d: 0,
    });
    const words = JSON.stringify([decision?.reasons, decision?.recourse]);
    expect(words).not.toMatch(/positivity|stress|emotion/);
  });

  test('shows the score and the vector of a calm customer, where those counted', async () => {
    const userId = await newUser();
    await addTransaction(userId);
    await database.query(
      (sql) => sql`
        insert into emotional_daily_sums (user_id, summary_date, event_count, positivity_sum, intensity_sum,
          stress_sum, stress_event_count)
        values (${userId}, (now() at time zone 'utc')::date, 10, 9, 5, 1, 0)`,
    );
    const { analysis_id } = await analyze(userId, 'trace');
    const features = {
      transaction_count_30d: 1,
      avg_transaction_value_30d: 10,
      avg_positivity_7d: 0.9,
      stress_events_30d: 0,
    };
    expect(await selectDecision(database, analysis_id, userId)).toMatchObject({
      features,
      ml_risk_score: score(features).risk_score,
    });
  });

  test('tells of its review once that is decided, and nothing of a proposal', async () => {
    const userId = await newUser();
    const { analysis_id } = await analyze(userId, 'trace');
    await database.query(
      (sql) => sql`
        insert into reviews (analysis_id, user_id, state, reason_code, note, terms, proposed_by)
        values (${analysis_id}, ${userId}, 'proposed', 'income_verified', 'a note', '{}', 'an operator')`,
    );
    const reviewOf = async () => (await selectDecision(database, analysis_id, userId))?.review;
    expect(await reviewOf()).toMatchObject({ state: 'requested', decided_at: null, reason_code: null });
    await database.query(
      (sql) => sql`
        update reviews set state = 'upheld', decided_by = 'another', decided_at = '2026-11-29T10:00:00.5Z'
        where analysis_id = ${analysis_id}`,
    );
    expect(await reviewOf()).toMatchObject({
      state: 'upheld',
      decided_at: '2026-11-29T10:00:00.500Z',
      reason_code: 'income_verified',
    });
  });

  test('from before records were kept says null for what it lacks', async () => {
    const userId = await newUser();
    const id = Bun.randomUUIDv7();
    const features = { transaction_count_30d: 2, avg_positivity_7d: 0.2 };
    const reasons = [{ code: 'retired_code', message: 'As it was said then.' }];
    await database.query(
      (sql) => sql`
        insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version,
          features, contributions, reasons)
        values (${id}, ${userId}, false, 0.8, 'scorecard-1', 'v0', ${sql.json(features)}, '{}',
          ${sql.json(reasons)})`,
    );
    const decision = await selectDecision(database, id, userId);
    expect(createValidator(CreditDecision).check(decision)).toMatchObject({ ok: true });
    expect(decision).toMatchObject({
      features,
      reason: 'As it was said then.',
      reasons: [{ code: 'retired_code', feature: null, value: null, sufficient_value: null }],
      emotion_effect: null,
      recourse: null,
      explanation_complete: null,
      exposure_before: null,
      jurisdiction: null,
      policy_hash: null,
    });
  });

  test('stands in pages each once, also beside others of the same microsecond', async () => {
    const userId = await newUser();
    const ids = Array.from({ length: 3 }, () => Bun.randomUUIDv7());
    await database.query(
      (sql) => sql`
        insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version,
          features, contributions, reasons)
        select id, ${userId}, false, 0.8, 'scorecard-1', 'v1', '{}', '{}', '[]'
        from unnest(${ids}::uuid[]) as id`,
    );
    const pagesIds: string[] = [];
    for (let page = 0; page < 3; page += 1) {
      const decisions = await selectDecisions(database, userId, { before: pagesIds.at(-1) ?? null, size: 1 });
      pagesIds.push(...(decisions ?? []).map((row) => row.analysis_id));
    }
    expect(pagesIds.toSorted()).toEqual(ids.toSorted());
  });

  test('stands in pages, newest first, each once, however many come meanwhile', async () => {
    const userId = await newUser();
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      await addTransaction(userId);
      ids.unshift((await analyze(userId, 'trace')).analysis_id);
    }
    const idsOf = (decisions: { analysis_id: string }[] | null) => decisions?.map((row) => row.analysis_id);
    const first = idsOf(await selectDecisions(database, userId, { before: null, size: 2 })) ?? [];
    await addTransaction(userId);
    await analyze(userId, 'trace');
    const rest = await selectDecisions(database, userId, { before: first[1] ?? '', size: 10 });
    expect([...first, ...(idsOf(rest) ?? [])]).toEqual(ids);
    expect(await selectDecisions(database, userId, { before: Bun.randomUUIDv7(), size: 10 })).toBeNull();
    expect(await selectDecisions(database, await newUser(), { before: ids[0] ?? '', size: 10 })).toBeNull();
  });
});
