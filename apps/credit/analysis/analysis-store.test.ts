import { beforeAll, expect, test } from 'bun:test';
import type { Database } from '../../../platform/data/sql.ts';
import { DAY_MS } from '../../../sdk/contracts/time.ts';
import { newAnalysis, newUser } from '../../../tests/harness/analyses.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { COOLDOWN_SECONDS } from '../../../underwriting/analysis.ts';
import { selectEmotions, selectFacts } from './analysis-store.ts';
import { createRecordAnalysis } from './record-analysis.ts';

const runtime = createTestRuntime();
let database: Database;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
});

test('the facts of an analysis are those of today and the 29 days before, as they were summed', async () => {
  const userId = await newUser(database);
  const daysAgo = [0, 29, 30, 31];
  await database.query(
    (sql) => sql`
      insert into transaction_daily_sums (user_id, summary_date, transaction_count, amount_sum,
        platform_transaction_count, platform_amount_sum)
      select ${userId}, (now() at time zone 'utc')::date - day, 3, 120.25, 2, 100.5
      from unnest(${daysAgo}::int[]) as day`,
  );
  await database.query(
    (sql) => sql`
      insert into emotional_daily_sums (user_id, summary_date, event_count, positivity_sum, intensity_sum,
        stress_sum, stress_event_count, platform_event_count, platform_positivity_sum,
        platform_stress_event_count)
      select ${userId}, (now() at time zone 'utc')::date - day, 10, 6.5, 5, 3, 4, 9, 5.5, 2
      from unnest(${daysAgo}::int[]) as day`,
  );
  const facts = (await selectFacts(database, [userId], COOLDOWN_SECONDS)).get(userId);
  const dayOf = (ago: number) =>
    new Date(Date.parse(`${facts?.today}T00:00:00Z`) - ago * 86_400_000).toISOString().slice(0, 10);
  expect(facts?.transactions.toSorted((a, b) => b.date.localeCompare(a.date))).toEqual(
    [0, 29].map((ago) => ({
      date: dayOf(ago),
      transactionCount: 3,
      amountSum: 120.25,
      platform: { transactionCount: 2, amountSum: 100.5 },
    })),
  );
  // The day before them belongs to facts that were read before midnight.
  const emotions = (await selectEmotions(database, [userId])).get(userId);
  expect(emotions?.toSorted((a, b) => b.date.localeCompare(a.date))).toEqual(
    [0, 29, 30].map((ago) => ({
      date: dayOf(ago),
      eventCount: 10,
      positivitySum: 6.5,
      stressEventCount: 4,
      platform: { eventCount: 9, positivitySum: 5.5, stressEventCount: 2 },
    })),
  );
});

test.each([
  [299, true],
  [301, false],
])('an analysis of %p seconds ago counts: %p', async (seconds, counts) => {
  const userId = await newUser(database);
  const analysis = await newAnalysis(userId);
  await createRecordAnalysis(database)(analysis);
  await database.query(
    (sql) => sql`
      update credit_analysis_latest set analyzed_at = now() - make_interval(secs => ${seconds})
      where user_id = ${userId}`,
  );
  const facts = (await selectFacts(database, [userId], COOLDOWN_SECONDS)).get(userId);
  expect(facts?.latest?.id ?? null).toBe(counts ? analysis.record.analysis_id : null);
  const { secondsLeft = 0 } = facts?.latest ?? {};
  expect(secondsLeft).toBeLessThanOrEqual(COOLDOWN_SECONDS - seconds > 0 ? COOLDOWN_SECONDS - seconds : 0);
});

test.each([
  [1, false],
  [5, true],
])(
  '%p s after a customer was first analyzed, an analysis can be cached: %p',
  async (seconds, canBeCached) => {
    const userId = await newUser(database);
    await createRecordAnalysis(database)(await newAnalysis(userId));
    await database.query(
      (sql) => sql`
      update fact_versions set created_at = now() - make_interval(secs => ${seconds}) where user_id = ${userId}`,
    );
    const facts = (await selectFacts(database, [userId], COOLDOWN_SECONDS)).get(userId);
    expect(typeof facts?.factsVersion === 'string').toBe(canBeCached);
  },
);

test('facts are those of today until midnight of UTC', async () => {
  const userId = await newUser(database);
  const facts = (await selectFacts(database, [userId], COOLDOWN_SECONDS)).get(userId);
  const midnightMs = Date.parse(`${facts?.today}T00:00:00Z`) + DAY_MS;
  expect(Math.abs((midnightMs - Date.now()) / 1000 - (facts?.secondsLeftToday ?? 0))).toBeLessThan(60);
});
