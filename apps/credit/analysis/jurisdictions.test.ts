import { beforeAll, describe, expect, test } from 'bun:test';
import type { Database } from '../../../platform/data/sql.ts';
import { createTestDatabase } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestCache, openTestDatabase } from '../../../tests/harness/runtime.ts';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import { MODEL_VERSION, score } from '../../../underwriting/scorecard.ts';
import { insertUser } from '../accounts/account-store.ts';
import { openActivePolicies } from '../policies/active-policies.ts';
import { createAnalyzeCredit } from './analyze-credit.ts';

const runtime = createTestRuntime();
let owner: Database;
let url: string;
let analyze: ReturnType<typeof createAnalyzeCredit>;

beforeAll(async () => {
  url = await createTestDatabase();
  owner = await openTestDatabase(runtime, url);
  analyze = await analyzerOn(owner);
});

async function analyzerOn(database: Database, defaultJurisdiction: string | null = null) {
  return createAnalyzeCredit({
    database,
    cache: await openTestCache(runtime),
    policies: openActivePolicies({ database, lifecycle: runtime.lifecycle, log: runtime.log }),
    riskModel: {
      assess: async (vectors: FeatureVector[]) =>
        vectors.map((features) => ({ ...score(features), model_version: MODEL_VERSION })),
      status: () => ({ state: 'closed', failures: 0, nextProbeAt: null }),
      close: async () => {},
    },
    defaultJurisdiction,
  });
}

/** A customer with 25 purchases of 90.00 in a month, and a month of one mood. */
async function customerOf(jurisdiction: string | null, mood: 'calm' | 'sad'): Promise<string> {
  const id = Bun.randomUUIDv7();
  await insertUser(owner, { id, email: `${id}@example.com`, passwordHash: 'x' });
  await owner.query((sql) => sql`update users set jurisdiction = ${jurisdiction} where id = ${id}`);
  await owner.query(
    (sql) => sql`
      insert into transaction_daily_sums (user_id, summary_date, transaction_count, amount_sum)
      values (${id}, (now() at time zone 'utc')::date, 25, 2250)`,
  );
  const [positivity, stressful] = mood === 'calm' ? [0.9, 0] : [0.1, 10];
  await owner.query(
    (sql) => sql`
      insert into emotional_daily_sums
        (user_id, summary_date, event_count, positivity_sum, intensity_sum, stress_sum, stress_event_count)
      values (${id}, (now() at time zone 'utc')::date, 10, ${10 * positivity}, 5, 5, ${stressful})`,
  );
  return id;
}

const limitOf = async (jurisdiction: string | null, mood: 'calm' | 'sad') =>
  (await analyze(await customerOf(jurisdiction, mood), 'trace')).offer?.credit_limit ?? null;

describe('the same money', () => {
  test.each(['DE', 'FR', 'NO'])('is the same offer in %s, calm or sad', async (jurisdiction) => {
    const limit = await limitOf(jurisdiction, 'sad');
    expect(limit).toBeGreaterThan(0);
    expect(await limitOf(jurisdiction, 'calm')).toBe(limit);
  });

  test.each(['BR', 'US', null])(
    'is a better offer for the calm in %p, and no worse for the sad',
    async (country) => {
      const twin = (await limitOf('DE', 'calm')) ?? 0;
      expect(await limitOf(country, 'sad')).toBe(twin);
      expect(await limitOf(country, 'calm')).toBeGreaterThan(twin);
    },
  );

  test('follows DEFAULT_JURISDICTION where a customer has none', async () => {
    const german = await analyzerOn(owner, 'DE');
    const calm = await customerOf(null, 'calm');
    expect((await german(calm, 'trace')).offer?.credit_limit).toBe((await limitOf('DE', 'calm')) ?? 0);
  });

  test('is decided again when the jurisdiction changes, not taken from the cache', async () => {
    const calm = await customerOf('BR', 'calm');
    const before = await analyze(calm, 'trace');
    await owner.query((sql) => sql`update users set jurisdiction = 'DE' where id = ${calm}`);
    const after = await analyze(calm, 'trace');
    expect(after.replayed).toBe(false);
    expect(after.offer?.credit_limit).toBeLessThan(before.offer?.credit_limit ?? 0);
  });
});

test('in the EU no statement reads emotions: a role that may not read them decides there, and nowhere else', async () => {
  const role = `blind_${Bun.randomUUIDv7().replaceAll('-', '')}`;
  await owner.query((sql) => sql.unsafe(`create role ${role} login password 'blind'`));
  await owner.query((sql) =>
    sql.unsafe(`grant select, insert, update, delete on all tables in schema public to ${role}`),
  );
  await owner.query((sql) =>
    sql.unsafe(`revoke all on emotional_events, emotional_daily_sums, emotional_events_summary from ${role}`),
  );
  const blindUrl = new URL(url);
  blindUrl.username = role;
  blindUrl.password = 'blind';
  const blind = await analyzerOn(await openTestDatabase(runtime, blindUrl.href));
  expect((await blind(await customerOf('DE', 'sad'), 'trace')).approved).toBe(true);
  await expect(blind(await customerOf('BR', 'sad'), 'trace')).rejects.toThrow('permission denied');
});
