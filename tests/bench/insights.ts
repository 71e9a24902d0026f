import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import postgres from 'postgres';
import { formatTable } from '../../cli/ui/output.ts';
import { startSystem } from '../../deploy/local/stack/system.ts';
import { EcsOperatorClient } from '../../sdk/operators/index.ts';
import { endOnSignal } from '../harness/end-on-signal.ts';
import { newOperator } from '../harness/operators.ts';
import { readOptions } from '../harness/read-options.ts';
import { storeDecisions } from '../harness/stored-decisions.ts';
import { quantile } from './bench.ts';
import { DAYS, pageRequests } from './page-requests.ts';

/**
 * `bun tests/bench/insights.ts [--millions N] [--data FOLDER] [--json]`: the requests of the
 * console's pages over so many million events. A folder is kept, and filled where it has no events yet.
 */
const LIMIT_MS = 300;
const REQUESTS = 20;
const CUSTOMERS = 20_000;
const DECISIONS = 2000;
const ROWS_PER_FILL = 500_000;

async function main(args: string[]): Promise<number> {
  const { options } = readOptions(args, { millions: 'number', data: 'text', json: 'flag' });
  const { millions = 10 } = options;
  const dataDir = options.data ? resolve(options.data) : mkdtempSync(join(tmpdir(), 'ecs-bench-'));
  mkdirSync(dataDir, { recursive: true });
  chmodSync(dataDir, 0o755);
  const system = await startSystem({ dataDir, port: 0, split: false });
  const ignoreSignals = endOnSignal(system);
  const sql = postgres(system.databaseUrl, { max: 2, onnotice: () => {} });
  try {
    const [first] = await sql`select 1 from emotional_events limit 1`;
    if (!first) await fill(sql, millions);
    const [decision] = await sql`select 1 from credit_analyses limit 1`;
    if (!decision) await storeDecisions(sql, DECISIONS);
    await mergeAll(sql);
    const { token } = await newOperator({ url: system.url, sql });
    const api = new EcsOperatorClient({ baseUrl: system.url, token });
    const rows = [];
    for (const [name, request] of await pageRequests(api, sql)) rows.push(await measure(name, request));
    if (options.json) console.log(JSON.stringify({ millions, rows }, null, 2));
    else for (const line of formatTable(rows, Object.keys(rows[0] ?? {}))) console.log(line);
    return rows.every(({ maxMs }) => maxMs < LIMIT_MS) ? 0 : 1;
  } finally {
    await sql.end({ timeout: 1 });
    await system.stop();
    ignoreSignals();
    if (!options.data) rmSync(dataDir, { recursive: true, force: true });
  }
}

async function measure(name: string, request: () => Promise<unknown>) {
  const coldMs = performance.now();
  await request();
  const firstMs = Math.round(performance.now() - coldMs);
  const times: number[] = [];
  let bytes = 0;
  for (let count = 0; count < REQUESTS; count += 1) {
    const startedMs = performance.now();
    bytes = JSON.stringify(await request()).length;
    times.push(performance.now() - startedMs);
  }
  return {
    name,
    firstMs,
    p50Ms: Math.round(quantile(times, 0.5)),
    maxMs: Math.round(Math.max(firstMs, ...times)),
    limitMs: LIMIT_MS,
    kB: Math.round(bytes / 1000),
  };
}

/** Events of the last 90 days in ten jurisdictions, their rollups in all slots, and rollups of decisions. */
async function fill(sql: postgres.Sql, millions: number): Promise<void> {
  await sql`
    insert into users (id, email, password_hash, jurisdiction)
    select gen_random_uuid(), n::text, 'x', (array['BR','US','MX','AR','CL','CO','DE','FR','PT',null])[1 + n % 10]
    from generate_series(1, ${CUSTOMERS}::int) as n`;
  await timed(`${millions} million events`, async () => {
    for (let filled = 0; filled < millions * 1e6; filled += ROWS_PER_FILL) {
      await sql`
        with customers as materialized (select array_agg(id) as ids from users)
        insert into emotional_events
          (id, user_id, occurred_at, occurred_month, event_type, positivity, intensity, stress_level)
        select gen_random_uuid(), ids[1 + (random() * ${CUSTOMERS - 1}::int)::int], at,
          date_trunc('month', at at time zone 'utc')::date, 'calm', round(random()::numeric, 2),
          round(random()::numeric, 2), round((random() * random())::numeric, 2)
        from customers, generate_series(1, ${ROWS_PER_FILL}::int) as n,
          lateral (select now() - (random() + 0 * n) * ${DAYS}::int * interval '1 day' as at) as time`;
    }
  });
  await timed(
    'their rollups, as the migration makes them of history',
    () => sql`select recount_rollups('-infinity')`,
  );
  await sql`
    insert into emotion_rollups
    select hour, jurisdiction, more, customers, event_count, positivity, intensity, stress
    from emotion_rollups, generate_series(1, 3) as more`;
  await sql`
    insert into decision_rollups
    select (now() at time zone 'utc')::date - age, place, figure, part, slot, ~ (0::bit(256)), 100,
      case when figure in ('limit', 'rate') or part = 'active' then 60 * histogram_bin(9) + 40 * histogram_bin(12)
        else 0 end
    from generate_series(0, ${DAYS - 1}::int) as age, generate_series(0, 3) as slot,
      unnest(array['BR','US','MX','AR','CL','CO','DE','FR','PT','unknown']) as place,
      (values ('stage', 'decided'), ('stage', 'offered'), ('stage', 'accepted'), ('stage', 'active'), ('limit', ''),
        ('rate', ''), ('effect', 'none'), ('effect', 'better_terms'), ('effect', 'approved'),
        ('effect', 'not_read'), ('reason', 'few_transactions'), ('reason', 'low_transaction_value'),
        ('reason', 'high_risk_score'), ('reason', 'exposure_limit_reached')) as parts (figure, part)`;
}

/** As `privacy` does with hours and days that are over. */
async function mergeAll(sql: postgres.Sql): Promise<void> {
  await timed('rows of one cell merged', async () => {
    for (let merged = 1; merged > 0; ) {
      [{ merged }] = await sql<[{ merged: number }]>`select merge_rollup_cells(500) as merged`;
    }
  });
  await sql`vacuum (analyze) emotion_rollups`;
  await sql`vacuum (analyze) decision_rollups`;
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  await work();
  console.error(`${what}: ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

process.exit(await main(process.argv.slice(2)));
