import postgres from 'postgres';
import { listDecisions } from '../../apps/back-office/decisions/list-decisions.ts';
import type { Database, Sql } from '../../platform/data/sql.ts';
import type { DecisionFilter } from '../../sdk/contracts/operator-decisions.ts';
import { createTestDatabase } from '../harness/engines.ts';
import { readOptions } from '../harness/read-options.ts';
import { storeDecisions } from '../harness/stored-decisions.ts';

/**
 * `bun tests/bench/decision-list.ts [--thousands N] [--limit MS]`: pages of the list of decisions over so
 * many thousand decisions, the slowest of five; fails above the limit. Decisions are copies of a few
 * thousand, with ids and times of their own; the older half is of another policy.
 */
const DISTINCT = 2000;
const FILTERS: [name: string, filter: DecisionFilter][] = [
  ['none', {}],
  ['denied', { outcome: 'denied' }],
  ['an earlier policy', { policy_version: 'old-1' }],
  ['a reason', { reason: 'few_transactions' }],
  ['a second reason', { reason: 'low_transaction_value' }],
  ['a reason that none has', { reason: 'no_such_code' }],
  ['jurisdiction', { jurisdiction: 'BR' }],
  ['effect', { emotion_effect: 'off' }],
  ['reduced limits', { limit_reduced: 'true' }],
  ['open reviews', { review: 'open' }],
  [
    'four filters',
    { outcome: 'denied', reason: 'few_transactions', jurisdiction: 'US', policy_version: 'v1' },
  ],
  ['two that exclude each other', { jurisdiction: 'DE', emotion_effect: 'full' }],
  ['two that exclude each other by time', { policy_version: 'old-1', since: '2026-11-23T00:00:00.000Z' }],
];

async function main(args: string[]): Promise<number> {
  const { options } = readOptions(args, { thousands: 'number', limit: 'number' });
  const { thousands = 1000, limit = 300 } = options;
  const sql = postgres(await createTestDatabase(), { max: 2, onnotice: () => {} });
  const database = {
    query: async (statement: (sql: Sql) => unknown) => statement(sql),
  } as unknown as Database;
  await storeDecisions(sql, DISTINCT);
  await fill(sql, thousands * 1000);
  const [last] = await sql<{ id: string }[]>`
    select id from credit_analyses order by created_at, id offset ${thousands * 500} limit 1`;
  let slowest = 0;
  for (const [name, filter] of [...FILTERS, ['from the middle on', { cursor: last?.id ?? '' }] as const]) {
    const times: number[] = [];
    let items = 0;
    for (let round = 0; round < 5; round += 1) {
      const startedMs = performance.now();
      ({ length: items } = (await listDecisions(database, { ...filter, page_size: 50 })).items);
      times.push(performance.now() - startedMs);
    }
    slowest = Math.max(slowest, ...times);
    console.log(
      `${name.padEnd(38)} ${String(items).padStart(3)} rows  ${times.map((ms) => ms.toFixed(1)).join(' ')} ms`,
    );
  }
  console.log(`slowest: ${slowest.toFixed(1)} ms of ${limit} ms, over ${thousands} thousand decisions`);
  await sql.end();
  return slowest > limit ? 1 : 0;
}

/** Copies the stored decisions into the time before them, a second apart. */
async function fill(sql: postgres.Sql, count: number): Promise<void> {
  const copies = Math.ceil(count / DISTINCT) - 1;
  await sql`create table sample as select * from credit_analyses`;
  for (let copy = 1; copy <= copies; copy += 1) {
    await sql`
      insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version, policy_hash,
        features, contributions, reasons, recourse, offer_id, trace_id, jurisdiction, emotion_effect,
        exposure_before, record, record_hash, created_at)
      select gen_random_uuid(), user_id, approved, risk_score, model_version,
        case when ${copy} > ${copies / 2}::float8 then 'old-1' else policy_version end, policy_hash, features,
        contributions, reasons, recourse, offer_id, trace_id, jurisdiction, emotion_effect, exposure_before,
        record, record_hash, created_at - ${copy * DISTINCT} * interval '1 second'
      from sample`;
  }
  await sql`vacuum (analyze) credit_analyses`;
}

process.exit(await main(process.argv.slice(2)));
