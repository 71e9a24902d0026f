import { expect, test } from 'bun:test';
import type { Database } from '../../../platform/data/sql.ts';
import { createCustomerHash } from '../../../platform/privacy/customer-hash.ts';
import { insertErasure } from '../../../platform/privacy/ledger-store.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { createEraseAccount } from './erase-account.ts';

const UNUSED = undefined as never;

test('a request that is sent again while the first is done has its response, between any two reads', async () => {
  const database = await openTestDatabase(createTestRuntime());
  const userId = crypto.randomUUID();
  const customerHash = createCustomerHash('key')(userId);
  await database.query(
    (sql) => sql`
      insert into users (id, email, password_hash) values (${userId}, ${`${userId}@example.com`}, 'hash')`,
  );
  const eraseOther = async () => {
    await database.query((sql) => insertErasure(sql, { customerHash, userId, requestedBy: 'customer' }));
    await database.query((sql) => sql`delete from customer_exposures where user_id = ${userId}`);
    await database.query((sql) => sql`delete from users where id = ${userId}`);
  };
  let reads = 0;
  const interrupted: Database = {
    ...database,
    async query(work) {
      const rows = await database.query(work);
      reads += 1;
      if (reads === 1) await eraseOther();
      return rows;
    },
  };
  const eraseAccount = createEraseAccount({
    database: interrupted,
    bus: UNUSED,
    passwords: UNUSED,
    loginLimits: UNUSED,
    revoked: UNUSED,
    hashOf: () => customerHash,
  });
  expect(await eraseAccount(userId, { password: 'a long passphrase' }, 'a')).toEqual({
    status: 'erasure is being processed',
    user_id: userId,
  });
});
