import { beforeAll, describe, expect, test } from 'bun:test';
import type { Database } from '../../../platform/data/sql.ts';
import { createMetrics } from '../../../platform/kernel/metrics.ts';
import type { ConsentMode } from '../../../platform/kernel/consent-mode.ts';
import { createTestDatabase } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestCache, openTestDatabase } from '../../../tests/harness/runtime.ts';
import type { ConsentPurpose } from '../../../sdk/contracts/consent.ts';
import type { DecisionRecord } from '../../../underwriting/decision/record.ts';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import { MODEL_VERSION, score } from '../../../underwriting/scorecard.ts';
import { insertUser, selectCustomer } from '../accounts/account-store.ts';
import { createAnalyzeCredit } from '../analysis/analyze-credit.ts';
import { openActivePolicies } from '../policies/active-policies.ts';
import { watchConsents } from './watch-consents.ts';
import { changeConsent, selectConsent } from './consent-store.ts';

const runtime = createTestRuntime();
let url: string;
let database: Database;

beforeAll(async () => {
  url = await createTestDatabase();
  database = await openTestDatabase(runtime, url);
});

/** A customer of a jurisdiction where emotions may help, with purchases and good days. */
async function newCustomer(): Promise<string> {
  const id = Bun.randomUUIDv7();
  await insertUser(database, { id, email: `${id}@example.com`, passwordHash: 'x', jurisdiction: 'US' });
  await database.query(
    (sql) => sql`
      with spent as (
        insert into transaction_daily_sums (user_id, summary_date, transaction_count, amount_sum)
        values (${id}, (now() at time zone 'utc')::date, 25, 2250))
      insert into emotional_daily_sums
        (user_id, summary_date, event_count, positivity_sum, intensity_sum, stress_sum, stress_event_count)
      values (${id}, (now() at time zone 'utc')::date, 10, 9, 5, 5, 0)`,
  );
  return id;
}

const change = (userId: string, purpose: ConsentPurpose, granted: boolean, text_version = '1') =>
  changeConsent(database, { userId, purpose, granted, text_version });

const historyOf = (userId: string) =>
  database.query(
    (sql) => sql<{ purpose: string; granted: boolean; text_version: string; version: number }[]>`
      select purpose, granted, text_version, version::float8 from consent_changes
      where user_id = ${userId} order by purpose, version`,
  );

describe('a consent', () => {
  test('is given and withdrawn with its text and times; every change is kept, and is an act', async () => {
    const userId = await newCustomer();
    const startedMs = Date.now();
    expect(await selectConsent(database, userId, 'offers')).toBeNull();
    expect(await selectConsent(database, Bun.randomUUIDv7(), 'offers')).toBeUndefined();
    const consent = await change(userId, 'offers', true);
    expect(consent).toMatchObject({
      purpose: 'offers',
      granted: true,
      text_version: '1',
      withdrawn_at: null,
    });
    expect(await change(userId, 'offers', true)).toBeNull();
    const withdrawn = await change(userId, 'offers', false);
    expect(withdrawn).toMatchObject({ granted: false, given_at: consent?.given_at ?? 'none' });
    expect(Date.parse(withdrawn?.withdrawn_at ?? '')).toBeGreaterThanOrEqual(
      Date.parse(consent?.given_at ?? ''),
    );
    expect(await change(userId, 'offers', true, '2')).toMatchObject({
      text_version: '2',
      withdrawn_at: null,
    });
    const history = await historyOf(userId);
    expect(history.map(({ version: _, ...changed }) => changed)).toEqual([
      { purpose: 'offers', granted: true, text_version: '1' },
      { purpose: 'offers', granted: false, text_version: '1' },
      { purpose: 'offers', granted: true, text_version: '2' },
    ]);
    // Times, so that each is above all versions of before a restore.
    const [first = 0, second = 0, third = 0] = history.map(({ version }) => version);
    expect(first).toBeGreaterThanOrEqual(startedMs);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);
    const customer = await selectCustomer(database, { userId, defaultJurisdiction: null });
    expect(customer?.consents).toEqual({
      offers: (await selectConsent(database, userId, 'offers')) ?? undefined,
    } as never);
    const acts = await database.query(
      (sql) => sql`select act, actor_kind, subject_id from audit_log where customer_id = ${userId}
        and act like 'consent.%' order by created_at`,
    );
    expect(acts.map(({ act }) => act as string)).toEqual([
      'consent.give',
      'consent.withdraw',
      'consent.give',
    ]);
  });

  test('a change of one that is on record never changes, whatever statement tries', async () => {
    const userId = await newCustomer();
    await change(userId, 'emotion_scoring', true);
    const rewrite = database.query((sql) => sql`update consent_changes set granted = false`);
    expect(rewrite).rejects.toThrow('never changes');
    await database.query(
      (sql) => sql`update consents set granted = false, withdrawn_at = now() where user_id = ${userId}`,
    );
    const history = await historyOf(userId);
    expect(history).toMatchObject([{ granted: true }, { granted: false }]);
    expect(history[1]?.version).toBeGreaterThan(history[0]?.version ?? Infinity);
  });

  test('of 20 changes at once, the one in force is the last on record, and the one that is sent', async () => {
    const userId = await newCustomer();
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        change(userId, 'emotion_capture', index % 2 === 0, String(index)),
      ),
    );
    const last = (await historyOf(userId)).at(-1);
    const inForce = await selectConsent(database, userId, 'emotion_capture');
    expect(inForce).toMatchObject({ granted: last?.granted, text_version: last?.text_version });
    const queued = await database.query(
      (sql) => sql<{ payload: object }[]>`select payload from outbox where payload->>'userId' = ${userId}`,
    );
    expect(queued.map(({ payload }) => payload)).toEqual([
      {
        userId,
        purpose: 'emotion_capture',
        emotionCapture: last?.granted,
        granted: last?.granted,
        textVersion: last?.text_version,
        version: last?.version,
      },
    ]);
  });
});

test('a gauge counts the customers who have given, and have withdrawn, each consent', async () => {
  const metrics = createMetrics();
  watchConsents({ database: await openTestDatabase(runtime), metrics });
  expect(await metrics.scrape()).toContain('ecs_consents{purpose="offers",state="given"} 0');
  const [giver, leaver] = [await newCustomer(), await newCustomer()];
  await change(giver, 'emotion_scoring', true);
  await change(leaver, 'emotion_scoring', false);
  let nowMs = 0;
  const counted = createMetrics();
  watchConsents({ database, metrics: counted, now: () => nowMs });
  const stateOf = async (state: string) =>
    Number(
      new RegExp(`purpose="emotion_scoring",state="${state}"} (\\d+)`).exec(await counted.scrape())?.[1],
    );
  const before = await stateOf('withdrawn');
  expect(before).toBeGreaterThan(0);
  await change(giver, 'emotion_scoring', false);
  expect(await stateOf('withdrawn')).toBe(before);
  nowMs += 60_000;
  expect(await stateOf('withdrawn')).toBe(before + 1);
});

/** Decides on a database of its own view; `onModel` runs while the model is asked. */
async function analyzerOf(mode: ConsentMode, onModel: () => Promise<unknown> = async () => {}) {
  const statements: string[] = [];
  const watched: Database = {
    ...database,
    query: (work, deadlineMs) =>
      database.query((sql) => {
        const query = work(sql);
        statements.push(String((query as unknown as { strings?: string[] }).strings?.join('?')));
        return query;
      }, deadlineMs),
  };
  const analyze = createAnalyzeCredit({
    database: watched,
    cache: await openTestCache(runtime),
    policies: openActivePolicies({ database, lifecycle: runtime.lifecycle, log: runtime.log }),
    riskModel: {
      async assess(vectors: FeatureVector[]) {
        await onModel();
        return vectors.map((features) => ({ ...score(features), model_version: MODEL_VERSION }));
      },
      status: () => ({ state: 'closed', failures: 0, nextProbeAt: null }),
      close: async () => {},
    },
    consentMode: mode,
  });
  return { analyze, statements };
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'none',
    (error: unknown) => (error as { code: unknown }).code,
  );

async function recordOf(analysisId: string): Promise<DecisionRecord> {
  const [row] = await database.query(
    (sql) => sql<{ record: DecisionRecord }[]>`select record from credit_analyses where id = ${analysisId}`,
  );
  if (!row) throw new Error('no record');
  return row.record;
}

describe('a decision', () => {
  test('reads no emotion of a customer who has withdrawn their scoring, and its record says why', async () => {
    const userId = await newCustomer();
    const { analyze, statements } = await analyzerOf('recorded');
    const before = await analyze(userId, 'trace');
    expect((await recordOf(before.analysis_id)).effect.applied).toBe('help_only');
    expect(statements.some((text) => text.includes('emotional_daily_sums'))).toBe(true);

    await change(userId, 'emotion_scoring', false);
    statements.length = 0;
    const after = await analyze(userId, 'trace');
    expect([after.replayed, after.analysis_id === before.analysis_id]).toEqual([false, false]);
    expect(statements.filter((text) => text.includes('emotional_daily_sums'))).toEqual([]);
    expect(await recordOf(after.analysis_id)).toMatchObject({
      effect: { applied: 'off', because: 'consent' },
      consents: { emotion_scoring: false },
      counts: { emotions: null },
      full: null,
    });
    await change(userId, 'emotion_scoring', true);
    const again = await analyze(userId, 'trace');
    expect(await recordOf(again.analysis_id)).toMatchObject({
      effect: { applied: 'help_only' },
      consents: { emotion_scoring: true },
    });
  });

  test('without a consent, where it is required, is made without emotions', async () => {
    const userId = await newCustomer();
    await change(userId, 'offers', true);
    const { analyze } = await analyzerOf('required');
    expect(await recordOf((await analyze(userId, 'trace')).analysis_id)).toMatchObject({
      effect: { applied: 'off', because: 'consent' },
      consents: { offers: true },
    });
  });

  test('is refused without the consent to offers, also one that is cached or under way', async () => {
    const userId = await newCustomer();
    let whileAsked: () => Promise<unknown> = async () => {};
    const { analyze } = await analyzerOf('recorded', () => whileAsked());
    await analyze(userId, 'trace');
    // Facts whose versions have not settled are not cached.
    await database.query(
      (sql) => sql`
        update fact_versions set created_at = now() - interval '1 minute' where user_id = ${userId}`,
    );
    for (let time = 1; time <= 2; time += 1) {
      expect((await analyze(userId, 'trace')).replayed).toBe(true);
    }
    const { analyze: analyzeStrictly } = await analyzerOf('required');
    expect(await codeOf(analyzeStrictly(await newCustomer(), 'trace'))).toBe('consent_missing');
    expect(await codeOf(analyzeStrictly(userId, 'trace'))).toBe('consent_missing');
    await change(userId, 'offers', false);
    expect(await codeOf(analyze(userId, 'trace'))).toBe('consent_withdrawn');

    await change(userId, 'offers', true);
    const other = await newCustomer();
    whileAsked = () => change(other, 'offers', false);
    expect(await codeOf(analyze(other, 'trace'))).toBe('consent_withdrawn');
    const [row] = await database.query(
      (sql) => sql`select count(*)::int as n from credit_analyses where user_id = ${other}`,
    );
    expect(row?.n).toBe(0);
  });
});
