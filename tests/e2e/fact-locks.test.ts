import { expect, test } from 'bun:test';
import postgres from 'postgres';
import type { EmotionMessage, TransactionMessage } from '../../platform/messaging/event-topics.ts';
import { openDatabase } from '../../platform/data/sql.ts';
import { createRecordEmotions } from '../../apps/emotion-processing/record-emotions.ts';
import { createRecordTransactions } from '../../apps/transaction-processing/record-transactions.ts';
import { createTestDatabase, eventually } from '../harness/engines.ts';
import { createTestRuntime } from '../harness/runtime.ts';
import { countLockWaits } from '../harness/lock-waits.ts';

const runtime = createTestRuntime();
const [FIRST_DAY, NEXT_DAY] = ['2026-11-22T12:00:00.000000Z', '2026-11-23T12:00:00.000000Z'];

/** Two analyzed customers, and one more for each statement, which is locked while both begin. */
async function openCustomers() {
  const url = await createTestDatabase();
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  const database = openDatabase({ url, name: 'test', poolSize: 4, log: runtime.log });
  runtime.lifecycle.onDrain('database of customers', async () => {
    await Promise.all([sql.end({ timeout: 1 }), database.close()]);
  });
  const rows = await sql<{ id: string }[]>`
    with added as (
      insert into users (id, email, password_hash)
      select gen_random_uuid(), number::text, 'x' from generate_series(1, 4) as number returning id
    )
    insert into fact_versions (user_id) select id from added returning user_id as id`;
  const ids = rows.map(({ id }) => id).toSorted();
  const recordEmotions = createRecordEmotions({ database });
  const recordTransactions = createRecordTransactions({ database });
  const store = {
    emotions: (days: [userId: string, day: string][]) =>
      recordEmotions(days.map(([userId, day]) => emotionOf(userId, day))),
    transactions: (days: [userId: string, day: string][]) =>
      recordTransactions(days.map(([userId, day]) => transactionOf(userId, day))),
  };
  return { sql, ids, store };
}

const emotionOf = (userId: string, timestamp: string): EmotionMessage => ({
  userId,
  timestamp,
  emotionEvent: { type: 'calm', metrics: { positivity: 0.5, intensity: 0.5, stress_level: 0.5 } },
  eventId: Bun.randomUUIDv7(),
  traceId: 'trace',
});
const transactionOf = (userId: string, occurredAt: string): TransactionMessage => ({
  userId,
  amount: 10,
  occurredAt,
  eventId: Bun.randomUUIDv7(),
  traceId: 'trace',
});

const deadlocksOf = async (sql: postgres.Sql): Promise<number> => {
  const [row] = await sql<{ deadlocks: number }[]>`
    select deadlocks::int, pg_stat_force_next_flush()
    from pg_stat_database where datname = current_database()`;
  return row?.deadlocks ?? -1;
};

test.each([
  ['emotions', 'emotions'],
  ['transactions', 'transactions'],
  ['emotions', 'transactions'],
] as const)(
  'statements of %s and %s with new days of the same customers wait for each other in one order',
  async (kind, otherKind) => {
    const { sql, ids, store } = await openCustomers();
    const [ada = '', bruno = '', lockedFirst = '', lockedLast = ''] = ids;
    await store[kind]([
      [ada, FIRST_DAY],
      [lockedFirst, FIRST_DAY],
    ]);
    await store[otherKind]([
      [bruno, NEXT_DAY],
      [lockedLast, NEXT_DAY],
    ]);
    const holder = await sql.reserve();
    await holder`begin`;
    await holder`
    select from fact_versions where user_id in (${lockedFirst}, ${lockedLast}) for update`;
    // Each adds to a day of one customer, and has a first event of a day of the other one.
    const statements = Promise.all([
      store[kind]([
        [ada, FIRST_DAY],
        [lockedFirst, FIRST_DAY],
        [bruno, FIRST_DAY],
      ]),
      store[otherKind]([
        [bruno, NEXT_DAY],
        [lockedLast, NEXT_DAY],
        [ada, NEXT_DAY],
      ]),
    ]);
    await eventually('both wait', async () => (await countLockWaits(sql)) === 2);
    await holder`commit`;
    holder.release();
    expect(await statements).toEqual([[], []]);
    expect(await deadlocksOf(sql)).toBe(0);
    const versions = await sql<{ version: number }[]>`
    select version::int from fact_versions where user_id in (${ada}, ${bruno})`;
    expect(versions.every(({ version }) => version >= 4)).toBe(true);
  },
);
