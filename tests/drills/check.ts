import { join } from 'node:path';
import type postgres from 'postgres';
import type { System } from '../../deploy/local/stack/system.ts';
import { readPostgresUrl } from '../../platform/addresses/postgres.ts';
import { openDeadLetters } from '../harness/dead-letters.ts';
import { createLog } from '../../platform/kernel/log.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import { consumerLagOf } from '../harness/consumer-lag.ts';
import { eventually } from '../harness/engines.ts';
import type { Load } from './load.ts';

/**
 * The one checker of all drills: the conditions that must hold after quiet, whichever fault was injected
 * before.
 */
export interface Findings {
  acknowledged: number;
  accepted: number;
  analysed: number;
  /** Events that were acknowledged by a 202 and are not in the database. */
  lost: number;
  /** Analyses that were returned and are not in the database. */
  analysesLost: number;
  /** In the database more than once. */
  doubled: number;
  /** Days with sums, of all sources or of the platform, that differ from a recount of the raw events. */
  summariesDiffer: number;
  acceptedNotActive: number;
  activeNotNotified: number;
  notifiedTwice: number;
  outboxUnsent: number;
  parked: number;
  /** Dead letters, since their id was stored with other content. */
  conflicts: number;
  /** Log lines that contain a secret or a customer's emotions. */
  leaks: number;
}

const ROWS_AT_ONCE = 10_000;

/** Waits until nothing moves any more; returns the time it took, in ms. */
export async function untilQuiet(system: System, sql: postgres.Sql, deadlineMs = 90_000): Promise<number> {
  const startedMs = performance.now();
  await eventually('all streams are worked off', () => isQuiet(system, sql), deadlineMs);
  return Math.round(performance.now() - startedMs);
}

async function isQuiet(system: System, sql: postgres.Sql): Promise<boolean> {
  const [outbox] = await sql`select count(*)::int as unsent from outbox where sent_at is null`;
  const [open] = await sql`select count(*)::int as offers from credit_limits where status = 'accepted'`;
  if (outbox?.unsent !== 0 || open?.offers !== 0) return false;
  return (await consumerLagOf(system)) === 0;
}

export async function check(system: System, sql: postgres.Sql, load: Load): Promise<Findings> {
  const [emotions, transactions, analyses] = await Promise.all([
    countMissing(sql, 'emotional_events', load.emotions),
    countMissing(sql, 'transactions', load.transactions),
    countMissing(sql, 'credit_analyses', load.analyses),
  ]);
  const deadLetters = await listDeadLetters(system);
  const [row] = await sql`
    select
      (select count(*)::int from (select id from emotional_events group by id having count(*) > 1) as twice)
        + (select count(*)::int from (select id from transactions group by id having count(*) > 1) as twice)
        as doubled,
      (select count(*)::int from unnest(${[...load.accepted]}::uuid[]) as accepted (id)
        where not exists (select from credit_limits c where c.id = accepted.id and status = 'active'))
        as "acceptedNotActive",
      (select count(*)::int from credit_limits c where status = 'active'
        and not exists (select from notifications n where n.offer_id = c.id)) as "activeNotNotified",
      (select count(*)::int from (
        select from notifications group by offer_id, analysis_id, type having count(*) > 1) as twice)
        as "notifiedTwice",
      (select count(*)::int from outbox where sent_at is null) as "outboxUnsent"`;
  return {
    acknowledged: load.emotions.size + load.transactions.size,
    accepted: load.accepted.size,
    analysed: load.analyses.size,
    lost: emotions + transactions,
    analysesLost: analyses,
    ...(row as unknown as Pick<
      Findings,
      'doubled' | 'acceptedNotActive' | 'activeNotNotified' | 'notifiedTwice'
    >),
    outboxUnsent: (row as { outboxUnsent: number }).outboxUnsent,
    summariesDiffer: await countDifferences(sql),
    parked: deadLetters.length,
    conflicts: deadLetters.filter(({ code }) => code === 'conflict').length,
    leaks: await countLeaks(system),
  };
}

async function countMissing(sql: postgres.Sql, table: string, ids: Set<string>): Promise<number> {
  const missing = new Set(ids);
  // By a join it took hours where a table had no statistics yet.
  for await (const rows of sql<{ id: string }[]>`select id from ${sql(table)}`.cursor(ROWS_AT_ONCE))
    for (const { id } of rows) missing.delete(id);
  return missing.size;
}

async function countDifferences(sql: postgres.Sql): Promise<number> {
  const [row] = await sql`
    select
      (select count(*)::int from (
        select user_id, (occurred_at at time zone 'utc')::date as summary_date, count(*) as n, sum(positivity) as p,
          sum(intensity) as i, sum(stress_level) as s, count(*) filter (where stress_level >= 0.7) as stressful,
          count(*) filter (where source = 'platform') as platform_n,
          coalesce(sum(positivity) filter (where source = 'platform'), 0) as platform_p,
          count(*) filter (where source = 'platform' and stress_level >= 0.7) as platform_stressful
        from emotional_events group by 1, 2) as recount
      full join emotional_daily_sums kept using (user_id, summary_date)
      where (n, p, i, s, stressful, platform_n, platform_p, platform_stressful) is distinct from
        (event_count, positivity_sum, intensity_sum, stress_sum, stress_event_count,
          platform_event_count, platform_positivity_sum, platform_stress_event_count))
      +
      (select count(*)::int from (
        select user_id, (occurred_at at time zone 'utc')::date as summary_date, count(*) as n, sum(amount) as total,
          count(*) filter (where source = 'platform') as platform_n,
          coalesce(sum(amount) filter (where source = 'platform'), 0) as platform_total
        from transactions group by 1, 2) as recount
      full join transaction_daily_sums kept using (user_id, summary_date)
      where (n, total, platform_n, platform_total) is distinct from
        (transaction_count, amount_sum, platform_transaction_count, platform_amount_sum)) as differ`;
  return (row as { differ: number }).differ;
}

async function listDeadLetters(system: System) {
  const log = createLog({ name: 'drill', level: 'silent' });
  const letters = await openDeadLetters({ natsUrl: system.natsUrl, log, metrics: createMetrics() });
  try {
    return await letters.list({ limit: 1_000_000 });
  } finally {
    await letters.close();
  }
}

async function countLeaks(system: System): Promise<number> {
  const secrets = [
    system.internalKey,
    readPostgresUrl(system.databaseUrl).address.password,
    '"positivity"',
    '"stress_level"',
    'eyJ',
  ];
  const patterns = secrets.flatMap((secret) => ['-e', secret]);
  const grep = Bun.spawn(['grep', '-rhcF', ...patterns, join(system.dataDir, 'logs')], { stdout: 'pipe' });
  const counts = await new Response(grep.stdout).text();
  return counts.split('\n').reduce((total, line) => total + Number(line), 0);
}

/**
 * A message that its reader took to the grave comes again after the ack wait, an outbox row after its lease.
 */
const RECOVER_MS_MAX = 25_000;

/**
 * Describes each broken condition; empty when all hold. `deadLetters` is the number that the drill itself has
 * caused.
 */
export function violations(
  findings: Findings,
  expected: { deadLetters: number; recoverMs: number; excused: (keyof Findings)[] },
): string[] {
  const zero = [
    'lost',
    'analysesLost',
    'doubled',
    'summariesDiffer',
    'acceptedNotActive',
    'activeNotNotified',
    'notifiedTwice',
    'outboxUnsent',
    'conflicts',
    'leaks',
  ] as const;
  const broken = zero
    .filter((name) => findings[name] !== 0 && !expected.excused.includes(name))
    .map((name) => `${name}: ${findings[name]}`);
  if (findings.parked !== expected.deadLetters)
    broken.push(`parked: ${findings.parked} instead of ${expected.deadLetters}`);
  if (expected.recoverMs > RECOVER_MS_MAX) broken.push(`recovered after ${expected.recoverMs} ms only`);
  if (findings.acknowledged + findings.accepted === 0)
    broken.push('nothing was acknowledged: the drill proves nothing');
  return broken;
}
