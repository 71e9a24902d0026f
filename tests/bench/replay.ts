import { connectPostgres } from '../../platform/data/connect-postgres.ts';
import { replayDecisions } from '../../cli/decisions/replay-decisions.ts';
import { runBacktest } from '../../cli/decisions/run-backtest.ts';
import { SHIPPED } from '../../underwriting/decision/test-records.ts';
import { createTestDatabase, stopEngines } from '../harness/engines.ts';
import { readOptions } from '../harness/read-options.ts';
import { storeDecisions } from '../harness/stored-decisions.ts';

/** Measures the replay and a backtest of stored decisions: `bun tests/bench/replay.ts --decisions 100000`. */
const { decisions: count = 100_000 } = readOptions(process.argv.slice(2), { decisions: 'number' }).options;
const url = await createTestDatabase();
const sql = connectPostgres(url, { max: 2, name: 'bench', connectSeconds: 5 });
const secondsOf = async (work: () => Promise<unknown>) => {
  const startedMs = performance.now();
  await work();
  return ((performance.now() - startedMs) / 1000).toFixed(1);
};
console.log(`${count} decisions stored in ${await secondsOf(() => storeDecisions(sql, count))} s`);
let findings = 0;
const seconds = await secondsOf(() => replayDecisions(sql, {}, () => (findings += 1)));
console.log(`replayed in ${seconds} s, ${findings} differences`);
let report = '';
const backtestSeconds = await secondsOf(async () => {
  const { replayed, differences } = await runBacktest(sql, SHIPPED, { last: count, since: null });
  report = `${replayed} decided again, ${differences} differences`;
});
console.log(`backtest in ${backtestSeconds} s: ${report}`);
await sql.end();
await stopEngines();
