import { afterEach, beforeAll, describe, expect, test } from 'bun:test';
import postgres from 'postgres';
import type { Database } from '../../../platform/data/sql.ts';
import { newAnalysis, newUser } from '../../../tests/harness/analyses.ts';
import { createTestDatabase } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { DAY_MS } from '../../../sdk/contracts/time.ts';
import { createRecordAnalysis } from './record-analysis.ts';
import type { NewAnalysis } from './record-store.ts';

const runtime = createTestRuntime();
let url: string;
let database: Database;
const sessions: postgres.Sql[] = [];

beforeAll(async () => {
  url = await createTestDatabase();
  database = await openTestDatabase(runtime, url);
});

afterEach(async () => {
  for (const session of sessions.splice(0)) await session.end({ timeout: 0 });
});

const newCustomersAnalysis = async () => newAnalysis(await newUser(database));

/** A session of somebody else that holds a row until it ends. */
async function hold(statement: (sql: postgres.Sql) => postgres.PendingQuery<postgres.Row[]>): Promise<void> {
  const session = postgres(url, { max: 1 });
  sessions.push(session);
  await session`begin`;
  await statement(session);
}

const recordedCount = async (userId: string): Promise<number> => {
  const [row] = await database.query(
    (sql) => sql<{ count: number }[]>`
      select count(*)::int as count from credit_analyses where user_id = ${userId}`,
  );
  return row?.count ?? 0;
};

describe('analyses that are recorded at the same moment', () => {
  test('are each recorded with an offer of their own', async () => {
    const recordAnalysis = createRecordAnalysis(database);
    const analyses = await Promise.all(Array.from({ length: 120 }, () => newCustomersAnalysis()));
    const recorded = await Promise.all(analyses.map(recordAnalysis));
    recorded.forEach((row, index) => {
      const { record, offerId } = analyses[index] as NewAnalysis;
      expect(row).toMatchObject({ id: record.analysis_id, approved: record.approved });
      expect(row?.offer?.offer_id ?? null).toBe(record.terms && offerId);
      if (!row?.offer) return;
      const days = (Date.parse(row.offer.expires_at) - Date.now()) / DAY_MS;
      expect(days).toBeGreaterThan(6.99);
      expect(days).toBeLessThanOrEqual(7);
    });
  });

  test('of one customer are one', async () => {
    const recordAnalysis = createRecordAnalysis(database);
    const first = await newCustomersAnalysis();
    const { user_id: userId } = first.record;
    const same = await Promise.all([newAnalysis(userId), newAnalysis(userId), newAnalysis(userId)]);
    const recorded = await Promise.all([first, ...same].map(recordAnalysis));
    expect(recorded.filter((row) => row !== null)).toHaveLength(1);
    expect(await recordedCount(userId)).toBe(1);
  });

  test('are not held up by a customer whose exposure or offer is locked, who waits', async () => {
    const [locked, offered, ...free] = await Promise.all(
      Array.from({ length: 6 }, () => newCustomersAnalysis()),
    );
    if (!locked || !offered) throw new Error('no analysis');
    await createRecordAnalysis(database)(offered);
    const again = { ...(await newAnalysis(offered.record.user_id)), exposureVersion: '1' };
    await hold(
      (sql) => sql`
      select from customer_exposures where user_id = ${locked.record.user_id} for update`,
    );
    await hold(
      (sql) => sql`
      select from credit_limits where user_id = ${again.record.user_id} for update`,
    );
    const recordAnalysis = createRecordAnalysis(database);
    let isHeldUp = true;
    const late = [locked, again].map((analysis) =>
      recordAnalysis(analysis).finally(() => expect(isHeldUp).toBe(false)),
    );
    const recorded = await Promise.all(free.map(recordAnalysis));
    expect(recorded).not.toContain(null);
    isHeldUp = false;
    for (const session of sessions) await session`commit`;
    expect(await Promise.all(late)).not.toContain(null);
  });

  test('do not wait for a customer whose exposure is locked', async () => {
    const failures: unknown[] = [];
    const watched: Database = {
      ...database,
      query: (statement, deadlineMs) =>
        database.query(statement, deadlineMs).catch((error: unknown) => {
          failures.push(error);
          throw error;
        }),
    };
    const [locked, ...free] = await Promise.all(Array.from({ length: 6 }, () => newCustomersAnalysis()));
    if (!locked) throw new Error('no analysis');
    await hold(
      (sql) => sql`
      select from customer_exposures where user_id = ${locked.record.user_id} for update`,
    );
    const recordAnalysis = createRecordAnalysis(watched);
    const late = recordAnalysis(locked);
    expect(await Promise.all(free.map(recordAnalysis))).not.toContain(null);
    // A statement that waited for the lock has been ended by its timeout.
    expect(failures).toEqual([]);
    for (const session of sessions) await session`commit`;
    expect(await late).not.toBeNull();
  });

  test('are not failed by one that cannot be stored', async () => {
    const recordAnalysis = createRecordAnalysis(database);
    const [bad, ...good] = await Promise.all(Array.from({ length: 4 }, () => newCustomersAnalysis()));
    if (!bad) throw new Error('no analysis');
    // 10 digits before the point are more than the column has.
    bad.record = { ...bad.record, exposure: { ...bad.record.exposure, before: 1e14 } };
    const failing = recordAnalysis(bad);
    const recorded = good.map(recordAnalysis);
    await expect(failing).rejects.toMatchObject({ code: '22003' });
    expect(await Promise.all(recorded)).not.toContain(null);
  });

  test.each([{ credit_limit: 0 }, { credit_limit: -0.01 }, { interest_rate: -0.01 }])(
    'are refused where a policy grants %j, and the others are recorded',
    async (granted) => {
      const recordAnalysis = createRecordAnalysis(database);
      const [unsound, ...sound] = await Promise.all(Array.from({ length: 3 }, () => newCustomersAnalysis()));
      if (!unsound?.record.terms) throw new Error('no analysis with an offer');
      unsound.record = { ...unsound.record, terms: { ...unsound.record.terms, ...granted } };
      const refused = recordAnalysis(unsound);
      const recorded = sound.map(recordAnalysis);
      await expect(refused).rejects.toThrow('credit_limits_offered_check');
      expect(await Promise.all(recorded)).not.toContain(null);
      expect(await recordedCount(unsound.record.user_id)).toBe(0);
    },
  );
});
