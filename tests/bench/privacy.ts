import { readFileSync } from 'node:fs';
import type postgres from 'postgres';
import { erasureKeyFile } from '../../deploy/local/stack/secrets.ts';
import { createCustomerHash } from '../../platform/privacy/customer-hash.ts';
import { insertErasure } from '../../platform/privacy/ledger-store.ts';
import { createCustomers } from '../drills/customers.ts';
import { createRandom } from '../drills/random.ts';
import {
  type Bench,
  type BenchStage,
  FEATURE_STAGE,
  type Measured,
  median,
  quantile,
  repeat,
} from './bench.ts';

/** Customers' rights on their data: rows exported and customers erased, beside bare statements. */
const EXPORTED_EVENTS = 50_000;
/** For each second of a round. */
const ERASED_CUSTOMERS = 10;
const ERASED_EVENTS = 200;
const PAGE_ROWS = 500;

export const PRIVACY: Bench[] = [
  {
    name: 'export',
    unit: 'rows/s',
    ...FEATURE_STAGE,
    against: "a bare select of the customer's events, read with a cursor",
    ours: exportedRows,
    limit: selectedRows,
  },
  {
    name: 'erasure',
    unit: 'customers/s',
    ...FEATURE_STAGE,
    against: 'four bare deletes a customer, one after the other',
    ours: erasedCustomers,
    limit: deletedCustomers,
  },
];

/** Adds events of the last month to each of the customers. */
async function storeEmotions(sql: postgres.Sql, userIds: string[], each: number): Promise<void> {
  await sql`
    insert into emotional_events
      (id, user_id, occurred_at, occurred_month, event_type, positivity, intensity, stress_level)
    select gen_random_uuid(), id, at, date_trunc('month', at at time zone 'utc')::date, 'calm', 0.5, 0.4, 0.3
    from unnest(${userIds}::uuid[]) as id, generate_series(1, ${each}::int) as n,
      lateral (select now() - (n % 28) * interval '1 day' as at) as time`;
}

const exportedStages = new WeakMap<BenchStage['system'], BenchStage['customers'][number]>();

/** The customer with the events to export, stored once a system. */
async function exportedCustomer({ sql, system, customers }: BenchStage) {
  const customer = exportedStages.get(system) ?? customers[0];
  if (!customer) throw new Error('no customers');
  if (!exportedStages.has(system)) await storeEmotions(sql, [customer.id], EXPORTED_EVENTS);
  exportedStages.set(system, customer);
  return customer;
}

/** Whole documents through the gateway, one after the other. */
async function exportedRows(stage: BenchStage): Promise<Measured> {
  const { id, token } = await exportedCustomer(stage);
  return repeat(stage, async () => {
    const response = await fetch(`${stage.system.url}/v1/users/${id}/export`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const text = await response.text();
    if (response.status !== 200 || !text.endsWith('}}\n')) throw new Error(`export: ${response.status}`);
    return EXPORTED_EVENTS;
  });
}

async function selectedRows(stage: BenchStage): Promise<number> {
  const { id } = await exportedCustomer(stage);
  const { value } = await repeat(stage, async () => {
    let count = 0;
    const rows = stage.sql`
      select row_to_json(row)::text as json from (select * from emotional_events where user_id = ${id}) as row`;
    for await (const page of rows.cursor(PAGE_ROWS)) count += page.length;
    return count;
  });
  return value;
}

/** New customers with events, to erase. */
async function customersToErase({ sql, system, seconds }: BenchStage): Promise<string[]> {
  const random = createRandom(Math.floor(Math.random() * 2 ** 31));
  const customers = await createCustomers(system, sql, random, ERASED_CUSTOMERS * Math.ceil(seconds));
  const userIds = customers.map(({ id }) => id);
  await storeEmotions(sql, userIds, ERASED_EVENTS);
  return userIds;
}

/** From the entry in the ledger until the account and all rows are gone; streams are searched later. */
async function erasedCustomers(stage: BenchStage): Promise<Measured> {
  const { sql, system } = stage;
  const hashOf = createCustomerHash(readFileSync(erasureKeyFile(system.dataDir), 'utf8').trim());
  const userIds = await customersToErase(stage);
  for (const userId of userIds) {
    await insertErasure(sql, { customerHash: hashOf(userId), userId, requestedBy: 'customer' });
  }
  const selectWaits = () => sql<{ ms: number }[]>`
    select (extract(epoch from rows_erased_at - min(requested_at) over ()) * 1000)::float8 as ms
    from erasures where user_id = any(${userIds}::uuid[]) order by rows_erased_at`;
  let waits = await selectWaits();
  for (; waits.some(({ ms }) => ms === null); waits = await selectWaits()) await Bun.sleep(20);
  const times = waits.map(({ ms }) => ms);
  const count = times.length;
  const value = (count * 1000) / (times.at(-1) ?? Number.NaN);
  return { value, p50Ms: median(times), p99Ms: quantile(times, 0.99), count };
}

async function deletedCustomers(stage: BenchStage): Promise<number> {
  const { sql } = stage;
  const userIds = await customersToErase(stage);
  const startedMs = performance.now();
  for (const userId of userIds) {
    await sql`delete from emotional_events where user_id = ${userId}`;
    await sql`delete from transactions where user_id = ${userId}`;
    await sql`delete from customer_exposures where user_id = ${userId}`;
    await sql`delete from users where id = ${userId}`;
  }
  return (userIds.length * 1000) / (performance.now() - startedMs);
}
