import type { BenchRow, BenchStage } from './bench.ts';
import { freshAnalyses } from './credit.ts';
import { emotionBatch } from './ingestion.ts';

/** The same with nothing stored and with much: what grows must not slow down what is new. */
const ROWS_PER_FILL = 500_000;

/** Raw events of the last fifty days, as if they had come long ago. */
async function fill({ sql, people }: BenchStage, rows: number): Promise<void> {
  const ids = people.map(({ id }) => id);
  for (let filled = 0; filled < rows; filled += ROWS_PER_FILL) {
    await sql`
      insert into emotional_events
        (id, user_id, occurred_at, occurred_month, event_type, positivity, intensity, stress_level)
      select gen_random_uuid(), (${ids}::uuid[])[1 + (n % ${ids.length}::int)], at,
        date_trunc('month', at at time zone 'utc')::date, 'calm', 0.5, 0.4, 0.3
      from generate_series(1, ${ROWS_PER_FILL}::int) as n,
        lateral (select now() - (n % 50) * interval '1 day' as at) as time`;
  }
  await sql`analyze emotional_events`;
}

/** Rows that compare so many million stored events with none. */
export async function measureGrowth(stage: BenchStage, millions: number[]): Promise<BenchRow[]> {
  await emotionBatch.ours(stage);
  const look = async () => ({
    stored: await emotionBatch.ours(stage),
    fresh: await freshAnalyses(stage),
  });
  const before = await look();
  const rows: BenchRow[] = [];
  let filled = 0;
  for (const million of millions) {
    await fill(stage, (million - filled) * 1e6);
    filled = million;
    const { stored, fresh } = await look();
    const shared = { spread: 0, rssMb: 0, cpuMsPer1000: 0, rounds: 1, against: 'the same with none stored' };
    rows.push(
      {
        ...shared,
        name: `growth-${million}m-stored`,
        unit: 'stored/s',
        value: Math.round(stored.value),
        limit: Math.round(before.stored.value),
        ratio: Number((stored.value / before.stored.value).toFixed(2)),
        p50Ms: Number(stored.p50Ms.toFixed(1)),
        p99Ms: Number(stored.p99Ms.toFixed(1)),
      },
      {
        ...shared,
        name: `growth-${million}m-analysis-p99`,
        unit: 'ms',
        value: Number(fresh.p99Ms.toFixed(1)),
        limit: Number(before.fresh.p99Ms.toFixed(1)),
        ratio: Number((fresh.p99Ms / before.fresh.p99Ms).toFixed(2)),
        p50Ms: Number(fresh.p50Ms.toFixed(1)),
        p99Ms: Number(fresh.p99Ms.toFixed(1)),
      },
    );
  }
  return rows;
}
