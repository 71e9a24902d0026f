import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { startChain } from '../../../platform/audit/start-chain.ts';
import { createLifecycle } from '../../../platform/kernel/lifecycle.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { createTestDatabase, eventually } from '../../../tests/harness/engines.ts';
import { createTestRuntime, openTestDatabase } from '../../../tests/harness/runtime.ts';
import { CHAIN_START, hashOfRecord, linkHash } from '../../../underwriting/decision/record-hash.ts';
import { DECISION_CHAIN } from './decision-chain.ts';

const runtime = createTestRuntime();

async function addDecisions(database: Database, records: unknown[]): Promise<void> {
  const userId = Bun.randomUUIDv7();
  const ids = records.map(() => Bun.randomUUIDv7());
  await database.query(
    (sql) => sql`
      with customer as (
        insert into users (id, email, password_hash) values (${userId}, ${userId}, 'x') returning id
      ),
      added as (
        insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version,
          features, contributions, reasons, record, record_hash)
        select new.id, customer.id, false, 0.8, 'm', 'v1', '{}', '{}', '[]', record::jsonb, hash
        from customer, unnest(${ids}::uuid[], ${records.map((record) => JSON.stringify(record))}::text[],
          ${records.map(hashOfRecord)}::text[]) as new (id, record, hash)
        returning id
      )
      insert into credit_analyses_unlinked select id from added`,
  );
}

const linksOf = (database: Database) =>
  database.query(
    (sql) => sql<{ position: number; hash: string; seal: string; link: string }[]>`
      select position::int, chain.record_hash as hash, seal, link
      from credit_analysis_chain chain join credit_analyses on id = analysis_id order by position`,
  );

test('two replicas at once never fork the chain: positions have no gap, each link fits the one before', async () => {
  const url = await createTestDatabase();
  const database = await openTestDatabase(runtime, url);
  const databases = [database, await openTestDatabase(runtime, url)];
  const lifecycle = createLifecycle(runtime.log);
  runtime.lifecycle.onDrain('chain', lifecycle.stop);
  const gauge = runtime.metrics.decisionsUnlinked;
  for (const replica of databases) {
    startChain(DECISION_CHAIN, { ...runtime, gauge, database: replica, lifecycle, everyMs: 1 });
  }
  const count = 1200;
  for (let sent = 0; sent < count; sent += 50) {
    await addDecisions(
      database,
      Array.from({ length: 50 }, (_, index) => ({ number: sent + index })),
    );
  }
  const links = await eventually(
    'all are linked',
    async () => {
      const rows = await linksOf(database);
      return rows.length === count && rows;
    },
    30_000,
  );
  await lifecycle.stop();
  expect(links.map(({ position }) => position)).toEqual(
    Array.from({ length: count }, (_, index) => index + 1),
  );
  let previous = CHAIN_START;
  for (const { hash, seal, link } of links) {
    expect(seal).toMatch(/^[0-9a-f]{64}$/);
    expect(link).toBe(linkHash(previous, hash, seal));
    previous = link;
  }
});

test('a record has the same hash after PostgreSQL has kept it, whatever its numbers and texts', async () => {
  const database = await openTestDatabase(runtime);
  const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\u0000'));
  const values = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(
      -0,
      0,
      1e21,
      1e-7,
      5e-324,
      1.7976931348623157e308,
      0.1 + 0.2,
      1e23,
      123456789012345680000,
    ),
    fc.integer(),
    text,
    fc.boolean(),
    fc.constant(null),
  );
  const records = fc.sample(
    fc.dictionary(text, fc.oneof(values, fc.array(values), fc.dictionary(text, values))),
    2000,
  );
  await addDecisions(database, records);
  const rows = await database.query(
    (sql) => sql<{ hash: string; record: unknown }[]>`
      select record_hash as hash, record from credit_analyses`,
  );
  expect(rows).toHaveLength(records.length);
  for (const { hash, record } of rows) expect(hashOfRecord(record)).toBe(hash);
});

test('the text that a seal is of is the canonical JSON of PostgreSQL, with an offer, without, at any time', async () => {
  const database = await openTestDatabase(runtime);
  const times = ['now', '2026-01-02 03:04:05.000001+14', '9999-12-31', '12026-01-01', '0044-03-15 BC'];
  times.push('infinity', '-infinity');
  await addDecisions(
    database,
    times.flatMap((time) => [{ time }, { time, hasOffer: true }]),
  );
  await database.query((sql) => sql`alter table credit_analyses disable trigger all`);
  await database.query(
    (sql) => sql`
      update credit_analyses set created_at = (record ->> 'time')::timestamptz,
        offer_id = case when record ? 'hasOffer' then gen_random_uuid() end`,
  );
  const rows = await database.query(
    (sql) => sql<{ record: unknown; seal: string; expected: string }[]>`
      select record, seal, encode(sha256(convert_to(canonical_json(jsonb_build_object(
        'created_at', to_char(a.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'linked_at', to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'offer_id', offer_id)), 'UTF8')), 'hex') as expected
      from (${DECISION_CHAIN.waiting(sql, 100)}) as waiting join credit_analyses a using (id)`,
  );
  expect(rows).toHaveLength(times.length * 2);
  for (const { record, seal, expected } of rows) expect({ record, seal }).toEqual({ record, seal: expected });
});
