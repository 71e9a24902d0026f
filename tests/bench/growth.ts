import { type Bench, type BenchRow, type BenchStage, measure } from './bench.ts';
import { freshAnalyses } from './credit.ts';
import { emotionBatch } from './ingestion.ts';

/**
 * Stored data must not slow down new requests: measures a system with much data and an empty one in turn, so
 * that a noisy minute affects both.
 */
const ROWS_PER_FILL = 500_000;
/** Each takes half a minute. */
const ROUNDS_MAX = 3;

interface GrowthStages {
  filled: BenchStage;
  empty: BenchStage;
}

/** Rows that compare so many million stored events with none. */
export async function measureGrowth(
  { filled, empty }: GrowthStages,
  millions: number[],
  rounds: number,
): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  let stored = 0;
  for (const million of millions) {
    await fill(filled, (million - stored) * 1e6);
    stored = million;
    for (const bench of comparisonsAt(million, empty)) {
      rows.push(await measure(bench, filled, Math.min(rounds, ROUNDS_MAX)));
    }
  }
  return rows;
}

/**
 * Raw events of the last fifty days with ids of their time, in the order of their times, as if they had come
 * long ago: vacuumed and written out, as they would be by then.
 */
async function fill({ sql, customers }: BenchStage, rows: number): Promise<void> {
  const ids = customers.map(({ id }) => id);
  for (let filled = 0; filled < rows; filled += ROWS_PER_FILL) {
    await sql`
      insert into emotional_events
        (id, user_id, occurred_at, occurred_month, event_type, positivity, intensity, stress_level)
      select
        (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(random, 1, 3)
          || '8' || substr(random, 4, 15))::uuid,
        (${ids}::uuid[])[1 + (n % ${ids.length}::int)], at,
        date_trunc('month', at at time zone 'utc')::date, 'calm', 0.5, 0.4, 0.3
      from generate_series(1, ${ROWS_PER_FILL}::int) as n,
        lateral (
          select now() - interval '50 days' * ((${rows - filled}::int - n)::float8 / ${rows}::int) as at,
            md5(random()::text || n) as random
        ) as event`;
  }
  await sql`vacuum (analyze) emotional_events`;
  await sql`checkpoint`;
}

function comparisonsAt(million: number, empty: BenchStage): Bench[] {
  const shared = { split: false, against: 'the same with none stored' };
  return [
    {
      ...shared,
      name: `growth-${million}m-stored`,
      unit: 'stored/s',
      ours: emotionBatch.ours,
      async limit({ seconds }) {
        await empty.sql`truncate emotional_events`;
        return (await emotionBatch.ours({ ...empty, seconds })).value;
      },
    },
    {
      ...shared,
      name: `growth-${million}m-analysis-p99`,
      unit: 'ms',
      async ours(stage) {
        const measured = await freshAnalyses(stage);
        return { ...measured, value: measured.p99Ms };
      },
      async limit({ seconds }) {
        await empty.sql`truncate emotional_events`;
        return (await freshAnalyses({ ...empty, seconds })).p99Ms;
      },
    },
  ];
}
