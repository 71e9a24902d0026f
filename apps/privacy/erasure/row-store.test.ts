import { expect, test } from 'bun:test';
import postgres from 'postgres';
import { createTestDatabase, eventually } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { eraseAccount } from './row-store.ts';
import { countLockWaits } from '../../../tests/harness/lock-waits.ts';

const runtime = createTestRuntime();

test('an account that two processes erase at once is one act, with the counts of the first', async () => {
  const url = await createTestDatabase();
  const database = await openTestDatabase(runtime, url);
  const sql = postgres(url, { max: 2, onnotice: () => {} });
  const userId = Bun.randomUUIDv7();
  const erasure = { userId, customerHash: 'h'.repeat(43), requestedBy: 'customer' };
  await sql`insert into users (id, email, password_hash) values (${userId}, 'ada', 'x')`;
  await sql`
    insert into erasures (customer_hash, user_id, requested_by)
    values (${erasure.customerHash}, ${userId}, 'customer')`;
  await sql`delete from customer_exposures`;
  const holder = await sql.reserve();
  await holder`begin`;
  await holder`select from users where id = ${userId} for key share`;
  const earlier = eraseAccount(database, erasure, { consents: 3 });
  const blocked = (count: number) =>
    eventually('statements wait', async () => {
      return (await countLockWaits(sql)) === count;
    });
  await blocked(1);
  const second = eraseAccount(database, erasure, { consents: 0 });
  await blocked(2);
  await holder`commit`;
  holder.release();
  await Promise.all([earlier, second]);
  expect(await sql`select from audit_log where act = 'customer.erase'`).toHaveLength(1);
  expect([...(await sql`select counts from erasures`)]).toEqual([{ counts: { consents: 3 } }]);
  await sql.end({ timeout: 1 });
});
