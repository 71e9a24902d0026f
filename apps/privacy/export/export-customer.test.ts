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

test('an export has every row of the customer in every table, none of another, and no secret', async () => {
  const database = await openTestDatabase(runtime);
  const [ada, bruno] = await analyzedCustomers(database);
  await storeCustomer(database, 'mark-of-ada', ada);
  await storeCustomer(database, 'mark-of-bruno', bruno);
  await nameOperators(database, ada);
  const response = createExportCustomer({ database, log: runtime.log })(ada);
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

test('an export is read as its client takes it, and a client that leaves frees its place', async () => {
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
    const reader = exportCustomer(ada).body?.getReader();
    await reader?.read();
    await reader?.read();
    await reader?.cancel();
  }
  expect(statements).toBeLessThan(20);
  const open = Array.from({ length: 4 }, () => exportCustomer(ada));
  expect(() => exportCustomer(ada)).toThrow(expect.objectContaining({ code: 'overloaded' }));
  await Promise.all(open.map((response) => response.body?.cancel()));
  expect(exportCustomer(ada).status).toBe(200);
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
  const reader = createExportCustomer({ database: slow, log })(ada).body?.getReader();
  await reader?.read();
  await reader?.read();
  const page = reader?.read();
  await reading.promise;
  await reader?.cancel();
  departure.resolve();
  expect(await page).toEqual({ done: true, value: undefined });
  // The types of the first table's columns, and its rows.
  await eventually('the page is read', () => responses === 2);
  expect(warnings).toEqual([]);
});
