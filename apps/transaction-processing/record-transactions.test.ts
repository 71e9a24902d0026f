import { beforeAll, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { FactSource } from '../../sdk/contracts/common.ts';
import type { TransactionMessage } from '../../platform/messaging/event-topics.ts';
import type { Database } from '../../platform/data/sql.ts';
import { createTestRuntime, openTestDatabase, rowsReadInSequence } from '../../tests/harness/runtime.ts';
import { deliver, losingResponses } from '../../tests/harness/deliver.ts';
import { createRecordTransactions } from './record-transactions.ts';
import { compareTransactions } from './store.ts';

const runtime = createTestRuntime();
let database: Database;
let record: ReturnType<typeof createRecordTransactions>;

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  record = createRecordTransactions({ database });
});

async function newUser(): Promise<string> {
  const id = Bun.randomUUIDv7();
  await database.query((sql) => sql`insert into users (id, email, password_hash) values (${id}, ${id}, 'x')`);
  return id;
}

function transaction(userId: string, amount: number, day = 23, source?: FactSource): TransactionMessage {
  const occurredAt = `2026-11-${day}T00:00:00.000000Z`;
  const sender = source ? { source } : {};
  return { userId, amount, occurredAt, eventId: Bun.randomUUIDv7(), traceId: 'trace', ...sender };
}

describe('recording transactions', () => {
  test('reads no stored events, by a plan made when they were few', async () => {
    const fresh = await openTestDatabase(runtime);
    const recordThere = createRecordTransactions({ database: fresh });
    const userId = Bun.randomUUIDv7();
    await fresh.query(
      (sql) => sql`insert into users (id, email, password_hash) values (${userId}, 'a', 'x')`,
    );
    for (let round = 0; round < 20; round += 1) {
      const batch = Array.from({ length: 20 }, () => transaction(userId, 1));
      await recordThere(batch);
      // Delivered again, it is compared with the stored event.
      await recordThere(batch);
      if (round === 0) await fresh.query((sql) => sql`analyze`);
    }
    // The user counts as well.
    const tables = ['transactions', 'users'];
    expect(await rowsReadInSequence(fresh, tables, 401)).toEqual({ rows: 0 });
  });

  test('the daily sums of each source equal a recount to the cent, however often a transaction comes', async () => {
    const userId = await newUser();
    const recordThere = createRecordTransactions({ database: losingResponses(database) });
    const delivered = (transactions: TransactionMessage[]) => deliver(() => recordThere(transactions));
    const source = fc.constantFrom<(FactSource | undefined)[]>('platform', 'customer', undefined);
    const cents = fc.integer({ min: 1, max: 99_999_999_999 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cents, fc.integer({ min: 20, max: 23 }), source), { minLength: 1 }),
        async (many) => {
          const transactions = many.map(([amount, day, from]) =>
            transaction(userId, amount / 100, day, from),
          );
          await Promise.all([delivered(transactions), delivered(transactions.toReversed())]);
          const differences = await deliver(() =>
            database.query(
              (sql) => sql`
            select * from (
              select user_id, (occurred_at at time zone 'utc')::date as summary_date, count(*) as n, sum(amount) as total,
                count(*) filter (where source = 'platform') as platform_n,
                coalesce(sum(amount) filter (where source = 'platform'), 0) as platform_total
              from transactions group by 1, 2
            ) as recount
            full join transaction_daily_sums as kept using (user_id, summary_date)
            where (n, total, platform_n, platform_total) is distinct from
              (transaction_count, amount_sum, platform_transaction_count, platform_amount_sum)`,
            ),
          );
          expect(differences).toHaveLength(0);
        },
      ),
      { numRuns: 25 },
    );
    const [sum] = await database.query(
      (sql) => sql`select count(*)::int as stored, count(distinct id)::int as ids from transactions`,
    );
    expect(sum?.stored).toBe(sum?.ids);
  });

  test('transactions of unknown users are rejected, the others stored', async () => {
    const userId = await newUser();
    const rejections = await record([transaction(Bun.randomUUIDv7(), 1), transaction(userId, 2.5)]);
    expect(rejections.map(({ index, code }) => [index, code])).toEqual([[0, 'unknown_user']]);
    const [row] = await database.query(
      (sql) => sql`select amount from transactions where user_id = ${userId}`,
    );
    expect(row).toEqual({ amount: '2.50' });
  });

  test('rejects an id that is stored with other content; a time that the client did not give is none', async () => {
    const userId = await newUser();
    const first = transaction(userId, 10.1);
    const retried = { ...first, occurredAt: '2026-12-01T00:00:00.000000Z', occurredAtAssigned: true };
    const otherAmount = { ...retried, amount: 10.11 };
    const otherTime = { ...first, occurredAt: '2026-11-23T00:00:00.000001Z' };
    // The key of the table sees one month: two more are looked at either way.
    const otherMonths = ['2026-09-01', '2026-10-31', '2026-12-01', '2027-01-31'].map((day) => ({
      ...first,
      occurredAt: `${day}T00:00:00.000000Z`,
    }));
    const rejections = await record([
      first,
      otherAmount,
      otherTime,
      ...otherMonths,
      retried,
      transaction(userId, 3),
    ]);
    expect(rejections.map(({ index, code }) => [index, code])).toEqual(
      [1, 2, 3, 4, 5, 6].map((index) => [index, 'conflict']),
    );
    expect(await record([retried, otherTime])).toMatchObject([{ index: 1, code: 'conflict' }]);
    for (const inOtherMonth of otherMonths)
      expect(await record([inOtherMonth])).toMatchObject([{ code: 'conflict' }]);
    const rows = await database.query(
      (sql) => sql`select amount from transactions where user_id = ${userId} order by amount`,
    );
    expect([...rows]).toEqual([{ amount: '3.00' }, { amount: '10.10' }]);
  });

  test('a transaction that comes again from another source is no conflict, and keeps its first source', async () => {
    const userId = await newUser();
    for (const [first, second] of [
      ['customer', 'platform'],
      ['platform', 'customer'],
      [undefined, 'platform'],
    ] as const) {
      const purchase = transaction(userId, 5, 23, first);
      expect(await record([purchase, { ...purchase, source: second }])).toEqual([]);
      expect(await record([{ ...purchase, source: second }])).toEqual([]);
      const rows = await database.query(
        (sql) => sql`select source from transactions where user_id = ${userId} and id = ${purchase.eventId}`,
      );
      expect([...rows]).toEqual([{ source: first ?? null }]);
    }
  });

  test('transactions of two customers may have the same id: neither can use up the other', async () => {
    const first = transaction(await newUser(), 10);
    const second = { ...transaction(await newUser(), 20), eventId: first.eventId };
    const inNextMonth = { ...second, userId: await newUser(), occurredAt: '2026-12-01T00:00:00.000000Z' };
    expect(await record([first])).toEqual([]);
    expect(await record([second, inNextMonth])).toEqual([]);
    expect(await record([second, first, inNextMonth])).toEqual([]);
    const rows = await database.query(
      (sql) => sql`select amount from transactions where id = ${first.eventId} order by amount`,
    );
    expect([...rows]).toEqual([{ amount: '10.00' }, { amount: '20.00' }, { amount: '20.00' }]);
  });

  test('one that is not stored is no conflict with others of its customer or of its id', async () => {
    const [userId, otherId] = [await newUser(), await newUser()];
    const fresh = transaction(userId, 10);
    expect(await record([transaction(userId, 10), { ...fresh, userId: otherId }])).toEqual([]);
    expect([...(await compareTransactions(database, [fresh]))]).toEqual([{ index: 0, code: 'missing' }]);
  });

  test('stores a transaction of a customer who was registered meanwhile', async () => {
    const userId = Bun.randomUUIDv7();
    const late = transaction(userId, 5);
    expect(await record([late])).toMatchObject([{ code: 'unknown_user' }]);
    await database.query(
      (sql) => sql`insert into users (id, email, password_hash) values (${userId}, ${userId}, 'x')`,
    );
    expect(await record([late])).toEqual([]);
  });
});
