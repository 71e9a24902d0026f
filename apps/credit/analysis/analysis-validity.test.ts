import { beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { createTestRuntime, openTestCache, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { buildPolicy, type Policy } from '../../../underwriting/policy/build-policy.ts';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import { insertUser } from '../accounts/account-store.ts';
import { createAcceptOffer } from '../offers/accept-offer.ts';
import { createCloseOffer } from '../offers/close-offer.ts';
import { SHIPPED_POLICIES } from '../policies/active-policies.ts';
import { insertShippedPolicies } from '../policies/policy-store.ts';
import { createAnalyzeCredit } from './analyze-credit.ts';
import type { RiskModel } from './risk-model.ts';

const runtime = createTestRuntime();
const [shipped, prudent] = SHIPPED_POLICIES as [Policy, Policy];
let database: Database;
let cache: Awaited<ReturnType<typeof openTestCache>>;
/** The policy in use; a test activates another one by setting it. */
let active = shipped;
let userId: string;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  cache = await openTestCache(runtime);
  await insertShippedPolicies(database, SHIPPED_POLICIES);
});

beforeEach(async () => {
  active = shipped;
  userId = Bun.randomUUIDv7();
  await insertUser(database, { id: userId, email: `${userId}@example.com`, passwordHash: 'x' });
});

const APPROVING: Pick<RiskModel, 'assess'> = {
  assess: async (vectors: FeatureVector[]) => vectors.map(() => ({ risk_score: 0.3, model_version: 'test' })),
};

/** A replica: with a cache in its process of its own. */
const openReplica = (replicaCache = cache, model: Pick<RiskModel, 'assess'> = APPROVING) =>
  createAnalyzeCredit({
    database,
    cache: replicaCache,
    policies: { inUse: () => active, policyFor: async () => active, list: () => [] },
    riskModel: {
      ...model,
      status: () => ({ state: 'closed', failures: 0, nextProbeAt: null }),
      close: async () => {},
    },
  });

/** Makes the customer's analyses of an age at which they are cached. */
const settle = () =>
  database.query(
    (sql) => sql`
      update fact_versions set created_at = created_at - interval '1 minute' where user_id = ${userId}`,
  );

/** The two ways to be given an analysis again: from the cache, and as the last one of the database. */
const WAYS = ['cache', 'database'] as const;

describe.each(WAYS)('an analysis from the %s is not given again', (way) => {
  /** Analyzes until the analysis is kept, and returns how the next request is served. */
  async function analyzedReplica() {
    const replica = openReplica();
    const { analysis_id } = await replica(userId, 'trace');
    if (way === 'database') {
      await cache.remove([`analysis:${userId}`]);
      return { analysis_id, analyze: openReplica() };
    }
    await settle();
    expect((await replica(userId, 'trace')).analysis_id).toBe(analysis_id);
    return { analysis_id, analyze: replica };
  }

  test('once another policy is active', async () => {
    const { analysis_id, analyze } = await analyzedReplica();
    expect((await analyze(userId, 'trace')).analysis_id).toBe(analysis_id);
    active = prudent;
    const next = await analyze(userId, 'trace');
    expect(next).toMatchObject({ policy_version: prudent.version, replayed: false });
    expect(next.analysis_id).not.toBe(analysis_id);
  });

  test('once a restored database has forgotten it', async () => {
    const { analysis_id, analyze } = await analyzedReplica();
    await database.query(
      (sql) => sql`
        with latest as (delete from credit_analysis_latest where user_id = ${userId}),
          waiting as (delete from credit_analyses_unlinked where analysis_id = ${analysis_id}),
          decision as (delete from credit_analyses where user_id = ${userId})
        delete from credit_limits where user_id = ${userId}`,
    );
    const next = await analyze(userId, 'trace');
    expect(next).toMatchObject({ approved: true, replayed: false });
    const acceptOffer = createAcceptOffer({ database });
    expect(await acceptOffer(next.offer?.offer_id ?? '', userId)).toBe('accepted');
  });

  test('once a limit was accepted, and once it was closed', async () => {
    const acceptOffer = createAcceptOffer({ database });
    const closeOffer = createCloseOffer({ database, defaultJurisdiction: null });
    const first = await openReplica()(userId, 'trace');
    await acceptOffer(first.offer?.offer_id ?? '', userId);
    const { analysis_id, analyze } = await analyzedReplica();
    expect((await analyze(userId, 'trace')).offer?.credit_limit).toBe(3000);
    expect(analysis_id).not.toBe(first.analysis_id);
    await database.query(
      (sql) => sql`
        update credit_limits set status = 'active', activated_at = now()
        where id = ${first.offer?.offer_id ?? ''}`,
    );
    await closeOffer(first.offer?.offer_id ?? '', userId, null);
    expect(await analyze(userId, 'trace')).toMatchObject({
      replayed: false,
      offer: { credit_limit: 7000 },
    });
  });
});

test.each(WAYS)(
  'an analysis that set a report aside is given again from the %s, until another comes',
  async (way) => {
    const sources = { ...shipped.document.sources, customer_limit_max: 2000 };
    active = buildPolicy({ ...shipped.document, sources }).policy;
    const report = (ofPlatform: number, ofCustomer: number) =>
      database.query(
        (sql) => sql`
        insert into transaction_daily_sums as day (user_id, summary_date, transaction_count, amount_sum,
          platform_transaction_count, platform_amount_sum)
        values (${userId}, (now() at time zone 'utc')::date, ${ofPlatform + ofCustomer},
          ${50 * (ofPlatform + ofCustomer)}, ${ofPlatform}, ${50 * ofPlatform})
        on conflict (user_id, summary_date) do update set
          transaction_count = day.transaction_count + excluded.transaction_count,
          amount_sum = day.amount_sum + excluded.amount_sum`,
      );
    await report(9, 1);
    const replica = openReplica();
    const first = await replica(userId, 'trace');
    expect(first).toMatchObject({ replayed: false, offer: { credit_limit: 7000 }, reasons: [] });
    await settle();
    if (way === 'database') await cache.remove([`analysis:${userId}`]);
    const next = way === 'database' ? openReplica() : replica;
    expect(await next(userId, 'trace')).toMatchObject({ analysis_id: first.analysis_id, replayed: true });
    await report(0, 1);
    expect(await next(userId, 'trace')).toMatchObject({ replayed: false, offer: { credit_limit: 7000 } });
  },
);

describe('an analysis that the model could not be asked to explain to the end', () => {
  /** `hiccup` fails the questions of explanations, `down` all of them. */
  let state: 'well' | 'hiccup' | 'down';
  const replicaOfModel = () =>
    openReplica(cache, {
      assess: async (vectors, { isBackground = false } = {}) => {
        if (state === 'down' || (state === 'hiccup' && isBackground)) throw problem('model_unavailable');
        return vectors.map(({ transaction_count_30d }) => ({
          risk_score: transaction_count_30d < 5 ? 0.9 : 0.3,
          model_version: 'test',
        }));
      },
    });
  const countOf = async () =>
    (await database.query((sql) => sql`select from credit_analyses where user_id = ${userId}`)).length;

  beforeEach(() => {
    state = 'hiccup';
  });

  test.each(WAYS)('is not given again from the %s once the model can be asked', async (way) => {
    const replica = replicaOfModel();
    const first = await replica(userId, 'trace');
    expect(first.reasons.map(({ code }) => code)).toEqual(['high_risk_score']);
    await settle();
    state = 'well';
    const next = await (way === 'cache' ? replica : replicaOfModel())(userId, 'trace');
    expect(next.replayed).toBe(false);
    expect(next.reasons.map(({ code }) => code)).toEqual(['few_transactions']);
    const last = await replica(userId, 'trace');
    expect([last.analysis_id, last.replayed]).toEqual([next.analysis_id, true]);
  });

  test.each(['hiccup', 'down'] as const)(
    'is given again, and recorded once, while the model is %s',
    async (now) => {
      const replica = replicaOfModel();
      const first = await replica(userId, 'trace');
      state = now;
      for (let round = 0; round < 3; round += 1) {
        const { analysis_id, replayed } = await replica(userId, 'trace');
        expect([analysis_id, replayed]).toEqual([first.analysis_id, true]);
      }
      expect(await countOf()).toBe(1);
    },
  );
});
