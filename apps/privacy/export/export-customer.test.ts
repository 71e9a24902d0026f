import { expect, test } from 'bun:test';
import type { Logger } from '../../../platform/kernel/log.ts';
import { eventually } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import {
  analyzedCustomers,
  EVENTS_OF_CUSTOMER,
  storeCustomer,
} from '../../../tests/harness/stored-customer.ts';
import type { CustomerExport } from '../../../sdk/contracts/privacy.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { CUSTOMER_TABLES } from '../../../platform/privacy/inventory.ts';
import { createExportCustomer } from './export-customer.ts';

const runtime = createTestRuntime();
const reader = (userId: string, address = '203.0.113.7') => ({ userId, address });

test('an export has every row of the customer in every table, none of another, and no secret', async () => {
  const database = await openTestDatabase(runtime);
  const [ada, bruno] = await analyzedCustomers(database);
  await storeCustomer(database, 'mark-of-ada', ada);
  await storeCustomer(database, 'mark-of-bruno', bruno);
  await nameOperators(database, ada);
  const response = createExportCustomer({ database, log: runtime.log })(reader(ada));
  const text = await response.text();
  const { data, about, user_id } = JSON.parse(text) as CustomerExport;
  expect(user_id).toBe(ada);
  for (const { table } of CUSTOMER_TABLES) {
    expect(`${table}: ${data[table]?.length ?? 0}`).not.toBe(`${table}: 0`);
    expect(about[table]?.purpose).toBeString();
  }
  expect(new Set(data.emotional_events?.map(({ id }) => id)).size).toBe(EVENTS_OF_CUSTOMER);
  const owners = Object.values(data).flatMap((rows) => rows.map((row) => row.user_id ?? ada));
  expect(new Set(owners)).toEqual(new Set([ada]));
  const secrets = ['mark-of-bruno', '"secret"', 'hidden-fingerprint', 'olga', 'grace', 'their note'];
  expect(secrets.filter((word) => text.includes(word))).toEqual([]);
  expect(text).toContain('hardship');
});

/** Puts the names and the note of operators wherever they may be in rows of a customer. */
async function nameOperators(database: Database, userId: string): Promise<void> {
  const operators = { proposed_by: 'olga', decided_by: 'grace', reason_code: 'hardship' };
  await database.query(
    (sql) => sql`
      with act as (
        insert into audit_log (actor_kind, actor, act, subject_kind, customer_id, reason, details)
        values ('operator', 'grace', 'review.override', 'analysis', ${userId}, 'their note',
          ${sql.json({ proposed_by: 'olga', reason_code: 'hardship' })}))
      update credit_analyses set record = record || ${sql.json({ override: operators })}::jsonb
      where user_id = ${userId}`,
  );
}

test('an export is read as its client takes it, and a client that leaves frees its slot', async () => {
  const database = await openTestDatabase(runtime);
  const [ada] = await analyzedCustomers(database);
  await storeCustomer(database, 'mark-of-ada', ada);
  let statements = 0;
  const counted: Database = {
    ...database,
    query: (statement, deadlineMs) => {
      statements += 1;
      return database.query(statement, deadlineMs);
    },
  };
  const exportCustomer = createExportCustomer({ database: counted, log: runtime.log });
  for (let round = 0; round < 6; round += 1) {
    const parts = exportCustomer(reader(ada)).body?.getReader();
    await parts?.read();
    await parts?.read();
    await parts?.cancel();
  }
  expect(statements).toBeLessThan(20);
  const open = Array.from({ length: 2 }, () => exportCustomer(reader(ada)));
  expect(() => exportCustomer(reader(ada))).toThrow(expect.objectContaining({ code: 'too_many_streams' }));
  await Promise.all(open.map((response) => response.body?.cancel()));
  expect(exportCustomer(reader(ada)).status).toBe(200);
});

test('exports that their clients do not read keep no other from its own', async () => {
  const database = await openTestDatabase(runtime);
  const [ada, bruno] = await analyzedCustomers(database);
  await storeCustomer(database, 'mark-of-bruno', bruno);
  const exportCustomer = createExportCustomer({
    database,
    log: runtime.log,
    open: { total: 6, perCustomer: 2 },
  });
  const stranger = () => exportCustomer(reader(crypto.randomUUID(), '198.51.100.9'));
  const unread = [exportCustomer(reader(ada)), ...Array.from({ length: 5 }, stranger)];
  const partsOf = unread.map((response) => response.body?.getReader());
  for (const parts of partsOf) await parts?.read();
  expect(stranger).toThrow(expect.objectContaining({ code: 'overloaded' }));
  const { data } = (await exportCustomer(reader(bruno, '192.0.2.1')).json()) as CustomerExport;
  expect(data.emotional_events).toHaveLength(EVENTS_OF_CUSTOMER);
  // The oldest of the address with the most made room for it; that of Ada goes on.
  expect(await partsOf[1]?.read().catch((error: Error) => error.message)).toBe(
    'another address needs its slot',
  );
  expect((await partsOf[0]?.read())?.done).toBe(false);
  await Promise.all([partsOf[0], ...partsOf.slice(2)].map((parts) => parts?.cancel()));
});

test('a client that leaves while a page is read is no fault', async () => {
  const database = await openTestDatabase(runtime);
  const [ada] = await analyzedCustomers(database);
  const reading = Promise.withResolvers<void>();
  const departure = Promise.withResolvers<void>();
  let responses = 0;
  const slow: Database = {
    ...database,
    async query(statement, deadlineMs) {
      reading.resolve();
      await departure.promise;
      const result = await database.query(statement, deadlineMs);
      responses += 1;
      return result;
    },
  };
  const warnings: unknown[] = [];
  const log = { ...runtime.log, warn: (...fields: unknown[]) => warnings.push(fields) } as Logger;
  const parts = createExportCustomer({ database: slow, log })(reader(ada)).body?.getReader();
  await parts?.read();
  await parts?.read();
  const page = parts?.read();
  await reading.promise;
  await parts?.cancel();
  departure.resolve();
  expect(await page).toEqual({ done: true, value: undefined });
  // The types of the first table's columns, and its rows.
  await eventually('the page is read', () => responses === 2);
  expect(warnings).toEqual([]);
});
