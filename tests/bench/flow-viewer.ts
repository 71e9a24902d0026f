import postgres from 'postgres';
import { startSystem } from '../../deploy/local/stack/system.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { temporaryFolder } from '../harness/engines.ts';
import { newOperator } from '../harness/operators.ts';
import { readOptions } from '../harness/read-options.ts';
import { usageOf } from './usage.ts';

/**
 * `bun tests/bench/flow-viewer.ts [--split] [--seconds N] [--rounds N]`: the share of a core that a viewer
 * of the flow costs, of all services and engines together: watched and unwatched windows take turns on an
 * idle system, and the medians are compared.
 */
async function main(args: string[]): Promise<void> {
  const { options } = readOptions(args, { split: 'flag', seconds: 'number', rounds: 'number' });
  const { split = false, seconds = 15, rounds = 5 } = options;
  const system = await startSystem({ dataDir: temporaryFolder(), port: 0, given: {}, split });
  const sql = postgres(system.databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const { token } = await newOperator({ url: system.url, sql }, ['viewer']);
    const api = new EcsOperatorClient({ baseUrl: system.url, token });
    const unwatched: number[] = [];
    const watched: number[] = [];
    let flows = 0;
    const percentOver = async (): Promise<number> => {
      const [from, startedMs] = [usageOf(system).cpuSeconds, performance.now()];
      await Bun.sleep(seconds * 1000);
      return ((usageOf(system).cpuSeconds - from) / ((performance.now() - startedMs) / 1000)) * 100;
    };
    await Bun.sleep(3000);
    for (let round = 0; round < rounds; round += 1) {
      unwatched.push(await percentOver());
      const ending = new AbortController();
      const watching = (async () => {
        for await (const flow of api.flow.watch({ signal: ending.signal }))
          flows += flow.edges.length > 0 ? 1 : 0;
      })();
      // The window slides fully open before it is measured.
      await Bun.sleep(3000);
      watched.push(await percentOver());
      ending.abort();
      await watching;
      await Bun.sleep(2500);
    }
    const [without, withViewer] = [medianOf(unwatched), medianOf(watched)];
    console.log(
      `${split ? 'a process per service' : 'one process'}, services and engines, percent of a core: ` +
        `${without.toFixed(2)} without a viewer, ${withViewer.toFixed(2)} with one, ` +
        `so ${(withViewer - without).toFixed(2)} for the viewer (${flows} flows received)`,
    );
  } finally {
    await sql.end({ timeout: 1 });
    await system.stop();
  }
}

const medianOf = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

await main(Bun.argv.slice(2));
