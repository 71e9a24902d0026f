import { formatTable } from '../../cli/ui/output.ts';
import { type Bench, type BenchRow, measure, withStage } from './bench.ts';
import { CREDIT } from './credit.ts';
import { measureGrowth } from './growth.ts';
import { readOptions } from '../harness/read-options.ts';
import { INGESTION } from './ingestion.ts';
import { OPERATORS } from './operators.ts';
import { PRIVACY } from './privacy.ts';
import { publish } from './publish.ts';
import { measureTracing, startCollector } from './tracing.ts';
import { webhooks } from './webhooks.ts';

/** `bun tests/bench/main.ts [--only NAME[,NAME]] [--seconds N] [--rounds N] [--full] [--json]` */
const BENCHES: Bench[] = [...INGESTION, ...CREDIT, publish, ...PRIVACY, webhooks, ...OPERATORS];
const NAMES = [...BENCHES.map(({ name }) => name), 'growth', 'traced-1-percent'];
const COLUMNS = 'name value unit limit ratio spread p50Ms p99Ms rssMb cpuMsPer1000'.split(' ');

async function main(args: string[]): Promise<number> {
  const { options } = readOptions(args, {
    only: 'text',
    seconds: 'number',
    rounds: 'number',
    full: 'flag',
    json: 'flag',
  });
  const only = options.only?.split(',') ?? NAMES;
  const unknown = only.filter((name) => !NAMES.includes(name));
  const { seconds = 5, rounds = 3 } = options;
  if (unknown.length > 0 || seconds < 1 || rounds < 1) {
    console.error(
      unknown.length > 0 ? `no such row: ${unknown.join(', ')}` : '--seconds and --rounds: at least 1',
    );
    console.error(`rows: ${NAMES.join(', ')}`);
    return 2;
  }
  const rows: BenchRow[] = [];
  let failed = 0;
  const chosen = BENCHES.filter(({ name }) => only.includes(name));
  const systems = Map.groupBy(chosen, ({ split, replicas = {}, variables = {} }) =>
    JSON.stringify({ split, replicas, variables }),
  );
  for (const [system, benches] of systems) {
    await withStage(
      { ...(JSON.parse(system) as Pick<Bench, 'split' | 'replicas' | 'variables'>), seconds },
      async (stage) => {
        for (const bench of benches) {
          console.error(`${bench.name}, against ${bench.against}`);
          try {
            rows.push(await measure(bench, stage, rounds));
          } catch (error) {
            // Keeps the rows that are already measured.
            console.error(`  failed: ${error instanceof Error ? error.message : String(error)}`);
            failed += 1;
          }
        }
      },
    );
  }
  if (only.includes('growth')) {
    const millions = options.full ? [1, 10] : [1];
    console.error(`growth to ${millions.join(' and ')} million stored events`);
    const stage = { split: false, seconds };
    rows.push(
      ...(await withStage(stage, (filled) =>
        withStage(stage, (empty) => measureGrowth({ filled, empty }, millions, rounds)),
      )),
    );
  }
  if (only.includes('traced-1-percent')) {
    console.error('traced-1-percent, against the same without traces');
    const stage = { split: false, seconds };
    const collector = startCollector();
    rows.push(
      await withStage({ ...stage, variables: collector.variables }, (traced) =>
        withStage(stage, (untraced) => measureTracing({ traced, untraced }, rounds)),
      ),
    );
    await collector.stop();
  }
  if (options.json) console.log(JSON.stringify({ rows }, null, 2));
  else
    for (const line of formatTable(rows as unknown as Record<string, unknown>[], COLUMNS)) console.log(line);
  return failed > 0 ? 1 : 0;
}

process.exit(await main(process.argv.slice(2)));
