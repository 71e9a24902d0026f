import { formatTable } from '../../cli/ui/output.ts';
import { type Bench, type BenchRow, measure, withStage } from './bench.ts';
import { measureGrowth } from './growth.ts';
import { readOptions } from '../harness/read-options.ts';
import { planOf } from './plan.ts';
import { measureTracing, startCollector } from './tracing.ts';

const COLUMNS = 'name value unit limit ratio spread p50Ms p99Ms rssMb cpuMsPer1000'.split(' ');
/**
 * `bun tests/bench/main.ts [--only NAME[,NAME]] [--seconds N] [--rounds N] [--connections N] [--full]
 * [--millions N[,N]] [--processes] [--json]`
 */
async function main(args: string[]): Promise<number> {
  const { options } = readOptions(args, {
    only: 'text',
    seconds: 'number',
    rounds: 'number',
    connections: 'number',
    full: 'flag',
    millions: 'text',
    processes: 'flag',
    json: 'flag',
  });
  const plan = planOf(options);
  if (typeof plan === 'string') {
    console.error(plan);
    return 2;
  }
  const { benches, hasGrowth, hasTracing, seconds, rounds, millions } = plan;
  const rows: BenchRow[] = [];
  let failed = 0;
  const systems = Map.groupBy(benches, ({ split, replicas = {}, variables = {} }) =>
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
  if (hasGrowth) {
    console.error(`growth to ${millions.join(' and ')} million stored events`);
    const stage = { split: false, seconds };
    rows.push(
      ...(await withStage(stage, (filled) =>
        withStage(stage, (empty) => measureGrowth({ filled, empty }, millions, rounds)),
      )),
    );
  }
  if (hasTracing) {
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
  else {
    for (const line of formatTable(rows as unknown as Record<string, unknown>[], COLUMNS)) console.log(line);
    if (options.processes) for (const line of processLines(rows)) console.log(line);
  }
  return failed > 0 ? 1 : 0;
}

/** Returns a table of the CPU time of each process for one event or analysis, in microseconds. */
function processLines(rows: BenchRow[]): string[] {
  const processes = rows.flatMap(({ name, cpuUsByProcess = {} }) =>
    Object.entries(cpuUsByProcess).map(([process, cpuUs]) => ({ name, process, cpuUs })),
  );
  return ['', ...formatTable(processes, ['name', 'process', 'cpuUs'])];
}

process.exit(await main(process.argv.slice(2)));
