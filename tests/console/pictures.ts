import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { startSystem } from '../../deploy/local/stack/system.ts';
import { migrate } from '../../platform/data/migrate.ts';
import { EcsClient } from '../../sdk/index.ts';
import { openBrowser } from '../harness/browser.ts';
import { openConsole } from '../harness/console.ts';
import { temporaryFolder } from '../harness/engines.ts';
import { storePopulation } from '../harness/population.ts';
import { readOptions } from '../harness/read-options.ts';
import { emotionOf, newCustomer } from '../harness/system.ts';

/**
 * `sh cli/bun.sh tests/console/pictures.ts [--out FOLDER]`: the pictures of docs/console.md, of a system that
 * it starts, fills, and ends.
 */
const { out = join(import.meta.dir, '..', '..', 'docs', 'images') } = readOptions(process.argv.slice(2), {
  out: 'text',
}).options;
const SIZE = { width: 1280, height: 780 };
const LOAD_MS = 8000;

async function main(): Promise<void> {
  mkdirSync(out, { recursive: true });
  const system = await startSystem({ dataDir: temporaryFolder(), port: 0, split: false });
  const sql = postgres(system.databaseUrl, { max: 2, onnotice: () => {} });
  const browser = await openBrowser();
  try {
    await migrate(system.databaseUrl);
    const { id, token } = await newCustomer(system.url);
    const ecs = new EcsClient({ baseUrl: system.url, token });
    const { analysis_id: denialId } = await ecs.analyses.create(id);
    await storePopulation(sql, { BR: 40, DE: 25, US: 30 });
    const { page, open } = await openConsole(browser, { ...system, sql }, ['viewer', 'risk']);
    await page.setViewportSize(SIZE);
    const picture = async (name: string) => {
      await page.evaluate(() => document.querySelector('.who')?.remove());
      await page.screenshot({ path: join(out, `console-${name}.png`) });
    };
    const load = sendFor(LOAD_MS, ecs, id);
    await open('/overview', 'Overview');
    await page.getByText('All is well').waitFor();
    await page.waitForTimeout(LOAD_MS / 2);
    await page.getByText('All is well').waitFor();
    await picture('overview');
    await load;
    await open(`/decisions/${denialId}`, `Decision ${denialId.slice(0, 8)}`);
    await page.getByText('denied').first().waitFor();
    await picture('decision');
    await open('/emotions', 'Emotions');
    await page.locator('canvas').first().waitFor();
    await picture('emotions');
  } finally {
    await browser.close();
    await sql.end({ timeout: 1 });
    await system.stop();
  }
}

/** So that the flow is seen to flow. */
async function sendFor(ms: number, ecs: EcsClient, userId: string): Promise<void> {
  for (const endMs = Date.now() + ms; Date.now() < endMs; ) {
    await ecs.emotions.sendBatch(Array.from({ length: 20 }, () => emotionOf(userId)));
    await Bun.sleep(50);
  }
}

await main();
