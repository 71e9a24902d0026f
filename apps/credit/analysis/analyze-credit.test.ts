import { beforeAll, describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import type { FeatureVector, Prediction } from '../../../underwriting/risk-model.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { newUser } from '../../../tests/harness/analyses.ts';
import { createTestDatabase } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestCache, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { createAcceptOffer } from '../offers/accept-offer.ts';
import { type ActivePolicies, openActivePolicies } from '../policies/active-policies.ts';
import { createAnalyzeCredit } from './analyze-credit.ts';
import type { RiskModel } from './risk-model.ts';

const runtime = createTestRuntime();
let databaseUrl: string;
let database: Database;
let policies: ActivePolicies;
let cache: Awaited<ReturnType<typeof openTestCache>>;

beforeAll(async () => {
  databaseUrl = await createTestDatabase();
  database = await openTestDatabase(runtime, databaseUrl);
  cache = await openTestCache(runtime);
  policies = openActivePolicies({ database, lifecycle: runtime.lifecycle, log: runtime.log });
});

/** A model with fixed predictions that records its questions. */
function modelThatSays(prediction: () => Prediction) {
  const questions: FeatureVector[] = [];
  const model: RiskModel = {
    assess: async (vectors) => {
      questions.push(...vectors);
      return vectors.map(() => prediction());
    },
    status: () => ({ state: 'closed', failures: 0, nextProbeAt: null }),
    close: async () => {},
  };
  return { model, questions };
}

const prediction = (risk: number): Prediction => ({
  risk_score: risk,
  model_version: 'test-1',
  contributions: { transaction_count_30d: 0.2, stress_events_30d: 0.3 },
});

/** The status of each offer of a customer, by its id. */
async function statusesOf(userId: string): Promise<Record<string, string>> {
  const rows = await database.query(
    (sql) => sql<{ id: string; status: string }[]>`
      select id, status from credit_limits where user_id = ${userId}`,
  );
  return Object.fromEntries(rows.map(({ id, status }) => [id, status]));
}

/** Three of 20.00, as a worker's statement would. */
async function addTransactions(userId: string): Promise<void> {
  await database.query(
    (sql) => sql`
      insert into transaction_daily_sums as day (user_id, summary_date, transaction_count, amount_sum)
      values (${userId}, (now() at time zone 'utc')::date, 3, 60)
      on conflict (user_id, summary_date) do update set
        transaction_count = day.transaction_count + 3, amount_sum = day.amount_sum + 60`,
  );
}

const analyzer = (model: RiskModel) => createAnalyzeCredit({ database, cache, policies, riskModel: model });

const dropCached = (userId: string) => cache.remove([`analysis:${userId}`]);

describe('the credit analysis', () => {
  test('approves with an offer by the policy and keeps the decision record', async () => {
    const userId = await newUser(database);
    const result = await analyzer(modelThatSays(() => prediction(0.2)).model)(userId, 'trace');
    expect(result).toMatchObject({
      user_id: userId,
      approved: true,
      ml_risk_score: 0.2,
      reason: null,
      reasons: [],
      model_version: 'test-1',
      policy_version: 'v1',
      replayed: false,
      offer: { credit_limit: 8000, interest_rate: 8, credit_type: 'LONG_TERM_PERSONAL_LOAN' },
    });
    const [record] = await database.query(
      (sql) => sql`select approved, features, offer_id from credit_analyses where id = ${result.analysis_id}`,
    );
    expect(record).toMatchObject({
      approved: true,
      offer_id: result.offer?.offer_id,
      features: { avg_positivity_7d: 0.5, transaction_count_30d: 0 },
    });
  });

  test('denies with reasons, most important first, and makes no offer', async () => {
    const userId = await newUser(database);
    const result = await analyzer(modelThatSays(() => prediction(0.9)).model)(userId, 'trace');
    expect(result).toMatchObject({ approved: false, offer: null });
    expect(result.reasons.map(({ code }) => code)).toEqual(['few_transactions']);
    expect(result.reason).toBe(result.reasons[0]?.message ?? '');
  });

  test('returns the same analysis again within the cooldown without asking the model, with and without the cache', async () => {
    const userId = await newUser(database);
    const { model, questions } = modelThatSays(() => prediction(0.3));
    const analyze = analyzer(model);
    const first = await analyze(userId, 'trace');
    expect(await analyze(userId, 'trace')).toEqual({ ...first, replayed: true });
    await dropCached(userId);
    expect(await analyze(userId, 'trace')).toEqual({ ...first, replayed: true });
    expect(questions).toHaveLength(1);
  });

  test('a settled analysis is given from the cache with one small lookup, until facts are stored', async () => {
    const userId = await newUser(database);
    let statements = 0;
    const counted: Database = {
      ...database,
      query: (statement, deadlineMs) => {
        statements += 1;
        return database.query(statement, deadlineMs);
      },
    };
    const { model } = modelThatSays(() => prediction(0.3));
    const analyze = createAnalyzeCredit({ database: counted, cache, policies, riskModel: model });
    const first = await analyze(userId, 'trace');
    const settle = () =>
      database.query(
        (sql) => sql`
          update fact_versions set created_at = created_at - interval '1 minute' where user_id = ${userId}`,
      );
    await settle();
    await analyze(userId, 'trace');
    statements = 0;
    const many = await Promise.all(Array.from({ length: 50 }, () => analyze(userId, 'trace')));
    for (const analysis of many) expect(analysis).toEqual({ ...first, replayed: true });
    expect(statements).toBeLessThanOrEqual(2);
    await addTransactions(userId);
    expect((await analyze(userId, 'trace')).analysis_id).not.toBe(first.analysis_id);
  });

  test('an analysis that was recorded while facts were stored is given to its own request alone', async () => {
    const userId = await newUser(database);
    const { model, questions } = modelThatSays(() => prediction(0.3));
    const storing: RiskModel = {
      ...model,
      async assess(vectors) {
        const risk = await model.assess(vectors);
        if (questions.length === 2) await addTransactions(userId);
        return risk;
      },
    };
    const analyze = analyzer(storing);
    await analyze(userId, 'trace');
    await database.query(
      (sql) => sql`
        update fact_versions set created_at = created_at - interval '1 minute' where user_id = ${userId}`,
    );
    await addTransactions(userId);
    await analyze(userId, 'trace');
    expect((await analyze(userId, 'trace')).replayed).toBe(false);
    expect(questions.map(({ transaction_count_30d }) => transaction_count_30d)).toEqual([0, 3, 6]);
  });

  test('facts whose statement began before the first analysis are not missed', async () => {
    const userId = await newUser(database);
    const analyze = analyzer(modelThatSays(() => prediction(0.3)).model);
    const connection = postgres(databaseUrl, { max: 1 });
    const worker = await connection.reserve();
    await worker`begin`;
    await worker`
      insert into transaction_daily_sums (user_id, summary_date, transaction_count, amount_sum)
      values (${userId}, (now() at time zone 'utc')::date, 3, 60)`;
    await analyze(userId, 'trace');
    const before = await analyze(userId, 'trace');
    await worker`commit`;
    worker.release();
    await connection.end();
    expect((await analyze(userId, 'trace')).analysis_id).not.toBe(before.analysis_id);
  });

  test('asks again when the facts have changed, and its own offer replaces the open one', async () => {
    const userId = await newUser(database);
    const { model, questions } = modelThatSays(() => prediction(0.3));
    const analyze = analyzer(model);
    const first = await analyze(userId, 'trace');
    await addTransactions(userId);
    const second = await analyze(userId, 'trace');
    expect(questions[1]).toMatchObject({ transaction_count_30d: 3, avg_transaction_value_30d: 20 });
    expect(second.replayed).toBe(false);
    expect(second.analysis_id).not.toBe(first.analysis_id);
    expect(second.offer?.offer_id).not.toBe(first.offer?.offer_id as string);
    expect(await statusesOf(userId)).toEqual({
      [first.offer?.offer_id ?? '']: 'expired',
      [second.offer?.offer_id ?? '']: 'offered',
    });
  });

  test('publishes a denial, and an approval only where a challenger needs it', async () => {
    const messagesOf = async (publishesApprovals: boolean, risk: number) => {
      const userId = await newUser(database);
      const { model } = modelThatSays(() => prediction(risk));
      const deps = { database, cache, policies, riskModel: model, publishesApprovals };
      await createAnalyzeCredit(deps)(userId, 'trace');
      const [row] = await database.query(
        (sql) => sql<{ count: number }[]>`
          select count(*)::int as count from outbox where payload->>'userId' = ${userId}`,
      );
      return row?.count;
    };
    expect(await messagesOf(false, 0.9)).toBe(1);
    expect(await messagesOf(false, 0.3)).toBe(0);
    expect(await messagesOf(true, 0.3)).toBe(1);
  });

  test('a denial ends the open offer', async () => {
    const userId = await newUser(database);
    let risk = 0.3;
    const analyze = analyzer(modelThatSays(() => prediction(risk)).model);
    const { offer } = await analyze(userId, 'trace');
    await addTransactions(userId);
    risk = 0.9;
    expect((await analyze(userId, 'trace')).approved).toBe(false);
    expect(await statusesOf(userId)).toEqual({ [offer?.offer_id ?? '']: 'expired' });
  });

  test('makes a new offer when the open one has lapsed or was accepted', async () => {
    const userId = await newUser(database);
    const analyze = analyzer(modelThatSays(() => prediction(0.3)).model);
    const lapsed = await analyze(userId, 'trace');
    await database.query(
      (sql) => sql`with old as (delete from credit_analysis_latest where user_id = ${userId})
        update credit_limits set expires_at = now() where user_id = ${userId}`,
    );
    await dropCached(userId);
    const renewed = await analyze(userId, 'trace');
    expect(renewed.offer?.offer_id).not.toBe(lapsed.offer?.offer_id as string);

    const acceptOffer = createAcceptOffer({ database });
    expect(await acceptOffer(renewed.offer?.offer_id ?? '', userId)).toBe('accepted');
    const afterwards = await analyze(userId, 'trace');
    expect(afterwards).toMatchObject({ replayed: false, approved: true });
    expect(afterwards.offer?.offer_id).not.toBe(renewed.offer?.offer_id as string);
  });

  test('200 analyses of one user over two replicas at once leave one analysis, one offer, one response', async () => {
    const userId = await newUser(database);
    const { model, questions } = modelThatSays(() => prediction(0.3));
    const replicas = [analyzer(model), analyzer(model)];
    const analyses = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        (replicas[index % 2] as (typeof replicas)[0])(userId, 'trace'),
      ),
    );
    expect(new Set(analyses.map(({ analysis_id }) => analysis_id)).size).toBe(1);
    expect(new Set(analyses.map(({ offer }) => offer?.offer_id)).size).toBe(1);
    const [count] = await database.query(
      (sql) => sql`select (select count(*)::int from credit_analyses where user_id = ${userId}) as analyses,
        (select count(*)::int from credit_limits where user_id = ${userId}) as offers`,
    );
    expect(count).toEqual({ analyses: 1, offers: 1 });
    expect(questions.length).toBeLessThanOrEqual(2);
  });

  test('stores nothing and returns 503 when the model cannot be asked', async () => {
    const userId = await newUser(database);
    const { model } = modelThatSays(() => {
      throw problem('model_unavailable', { detail: 'away' });
    });
    await expect(analyzer(model)(userId, 'trace')).rejects.toMatchObject({ status: 503 });
    const rows = await database.query((sql) => sql`select from credit_analyses where user_id = ${userId}`);
    expect(rows).toHaveLength(0);
  });

  test('does not know a user that does not exist', async () => {
    const analyze = analyzer(modelThatSays(() => prediction(0.1)).model);
    await expect(analyze(Bun.randomUUIDv7(), 'trace')).rejects.toMatchObject({ code: 'user_not_found' });
  });
});
