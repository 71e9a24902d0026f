import { expect, test } from 'bun:test';
import { createTestRuntime, openTestDatabase } from '../../tests/harness/runtime.ts';
import { createCustomerHash } from './customer-hash.ts';
import { finishErasures, keepSearched, selectOpen } from './ledger-store.ts';

test('erasures that settle hold up none that come after them', async () => {
  const database = await openTestDatabase(createTestRuntime());
  const hashOf = createCustomerHash('a key of the tests, which is long enough');
  const [settled, settling, requested] = Array.from({ length: 3 }, () => Bun.randomUUIDv7());
  const request = (userId: string | undefined, requestedSeconds: number, rowsErasedSeconds: number | null) =>
    database.query(
      (sql) => sql`
        insert into erasures (customer_hash, user_id, requested_by, requested_at, rows_erased_at)
        values (${hashOf(userId ?? '')}, ${userId ?? ''}, 'customer',
          now() - make_interval(secs => ${requestedSeconds}),
          now() - make_interval(secs => ${rowsErasedSeconds}))`,
    );
  await request(settled, 30, 20);
  await request(settling, 25, 5);
  await request(requested, 1, null);
  const open = await selectOpen(database, { settleSeconds: 15, countMax: 2 });
  expect(open.map(({ userId, state }) => ({ userId, state }))).toEqual([
    { userId: requested ?? '', state: 'requested' },
    { userId: settled ?? '', state: 'settled' },
  ]);

  // Those that have settled hold up none either; a reading that has begun goes on alone.
  const [begun, later] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];
  await request(begun, 22, 20);
  await request(later, 21, 20);
  const place = { created: '2026-12-01T00:00:00Z', sequence: 7, until: 9 };
  await keepSearched(database, [hashOf(begun)], { stream: 'emotions', place, messages: 2 });
  const idsOf = async (countMax: number) =>
    (await selectOpen(database, { settleSeconds: 15, countMax })).map(({ userId }) => userId);
  expect(await idsOf(1)).toEqual([requested ?? '', begun]);
  expect(await idsOf(9)).toEqual([requested ?? '', begun]);
  await finishErasures(database, [hashOf(begun)], 1);
  expect(await idsOf(9)).toEqual([requested ?? '', settled ?? '', later]);
  const [ended] = await database.query(
    (sql) => sql`select counts from erasures where customer_hash = ${hashOf(begun)}`,
  );
  expect(ended?.counts).toEqual({ messages: 3 });
});
