import postgres from 'postgres';
import { startSystem } from '../../deploy/local/stack/system.ts';
import { formatTable } from '../../cli/ui/output.ts';
import { openBrowser } from '../harness/browser.ts';
import { openConsole } from '../harness/console.ts';
import { temporaryFolder } from '../harness/engines.ts';
import { readOptions } from '../harness/read-options.ts';
import { quantile } from './bench.ts';

/**
 * `bun tests/bench/first-load.ts [--rounds N] [--json]`: the time from the start of a navigation to a page
 * with its heading and its navigation, by the browser's own clock, with nothing in the browser's cache.
 */
const LIMIT_MS = 1000;
const PAGES = ['overview', 'customers', 'decisions', 'policies', 'emotions', 'dead-letters', 'failure-modes'];

async function main(args: string[]): Promise<number> {
  const { rounds = 10, json } = readOptions(args, { rounds: 'number', json: 'flag' }).options;
  const system = await startSystem({ dataDir: temporaryFolder(), port: 0, split: false });
  const sql = postgres(system.databaseUrl, { max: 1, onnotice: () => {} });
  const browser = await openBrowser();
  try {
    const { page } = await openConsole(browser, { ...system, sql }, [
      'viewer',
      'operator',
      'risk',
      'auditor',
    ]);
    const session = await page.context().storageState();
    const consoleUrl = system.state().consoleUrl ?? '';
    const load = async (path: string) => {
      const context = await browser.newContext({ storageState: session });
      try {
        const fresh = await context.newPage();
        await fresh.addInitScript(watchForControls);
        await fresh.goto(new URL(path, consoleUrl).href, { waitUntil: 'commit' });
        return await fresh.evaluate<{ ms: number; bytes: number; files: number }>(usage);
      } finally {
        await context.close();
      }
    };
    const rows = [];
    for (const path of PAGES) {
      const loads = [];
      for (let round = 0; round < rounds; round += 1) loads.push(await load(path));
      const times = loads.map(({ ms }) => ms);
      rows.push({
        page: path,
        p50Ms: Math.round(quantile(times, 0.5)),
        maxMs: Math.round(Math.max(...times)),
        limitMs: LIMIT_MS,
        files: Math.max(...loads.map(({ files }) => files)),
        kB: Math.round(Math.max(...loads.map(({ bytes }) => bytes)) / 1000),
      });
    }
    if (json) console.log(JSON.stringify(rows, null, 2));
    else for (const line of formatTable(rows, Object.keys(rows[0] ?? {}))) console.log(line);
    return rows.every(({ maxMs }) => maxMs < LIMIT_MS) ? 0 : 1;
  } finally {
    await browser.close();
    await sql.end({ timeout: 1 });
    await system.stop();
  }
}

/** In the page: notes the first frame in which heading and navigation are there. */
const watchForControls = `(() => {
  const look = () => {
    const isThere = document.querySelector('main h1') && document.querySelector('nav[aria-label="Pages"] a');
    if (isThere) globalThis.usableMs = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})()`;

const usage = `new Promise((resolve) => {
  const look = () => (globalThis.usableMs === undefined ? requestAnimationFrame(look) : resolve());
  look();
}).then(() => {
  const files = performance.getEntriesByType('resource').filter(({ name }) => !name.includes('/console/api/'));
  const [navigation] = performance.getEntriesByType('navigation');
  const bytes = [navigation, ...files].reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0);
  return { ms: globalThis.usableMs, bytes, files: files.length };
})`;

process.exit(await main(process.argv.slice(2)));
