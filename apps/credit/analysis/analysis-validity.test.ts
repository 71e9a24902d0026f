import { beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import type { Database } from '../../../platform/data/sql.ts';
import { createTestRuntime, openTestCache, openTestDatabase } from '../../../tests/harness/runtime.ts';
import type { Policy } from '../../../underwriting/policy/build-policy.ts';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import { insertUser } from '../accounts/account-store.ts';
import { createAcceptOffer } from '../offers/accept-offer.ts';
import { createCloseOffer } from '../offers/close-offer.ts';
import { SHIPPED_POLICIES } from '../policies/active-policies.ts';
import { insertShippedPolicies } from '../policies/policy-store.ts';
import { createAnalyzeCredit } from './analyze-credit.ts';

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

/** A replica: with a cache in its process of its own. */
const openReplica = (replicaCache = cache) =>
  createAnalyzeCredit({
    database,
    cache: replicaCache,
    policies: { known: () => active, policyFor: async () => active, list: () => [] },
    riskModel: {
      assess: async (vectors: FeatureVector[]) =>
        vectors.map(() => ({ risk_score: 0.3, model_version: 'test' })),
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
