import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { Sql } from '../../platform/data/sql.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { EcsClient } from '../../sdk/index.ts';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole } from '../harness/console.ts';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { newOperator } from '../harness/operators.ts';
import { newCustomer, useSystem } from '../harness/system.ts';

const system = useSystem({ split: false, variables: { CHAIN_VERIFICATION_SECONDS: '1' } });
let browser: Browser;
let auditor: EcsOperatorClient;

beforeAll(async () => {
  browser = await openBrowser();
  const { url } = system();
  const { id, token } = await newCustomer(url);
  await new EcsClient({ baseUrl: url, token }).analyses.create(id);
  auditor = new EcsOperatorClient({ baseUrl: url, token: (await newOperator(system(), ['auditor'])).token });
  for (const chain of ['acts', 'decisions'] as const) {
    await eventually(`${chain} are linked`, async () => (await auditor.audit.verify(chain)).head > 0);
  }
}, 60_000);
afterAll(() => browser.close());

/** Changes rows as somebody with all rights, past the triggers. */
async function changeUnseen(change: (sql: Sql) => Promise<unknown>): Promise<void> {
  const connection = await system().sql.reserve();
  try {
    await connection`set session_replication_role = replica`;
    await change(connection);
    await connection`reset session_replication_role`;
  } finally {
    connection.release();
  }
}

test('an auditor verifies both chains, looks at an act, and takes its evidence along', async () => {
  const { page, refused, errors, open } = await openConsole(browser, system(), ['auditor']);
  await open('/audit', 'Audit');
  await page.getByRole('button', { name: 'Verify both chains' }).click();
  await page.getByText(/Chain of decisions/).waitFor();
  await page.getByRole('status').getByText('whole', { exact: true }).nth(1).waitFor();
  await page.getByText(/In the background, decisions: verified to the end at/).waitFor();
  expect(await inspectPage(page, 'audit')).toEqual([]);
  await page.getByLabel('Act', { exact: true }).fill('operator.log_in');
  await page.getByLabel('Act', { exact: true }).press('Enter');
  await page.getByRole('cell', { name: 'operator.log_in' }).first().waitFor();
  await page.getByRole('table').last().getByRole('link').first().click();
  await page.getByRole('heading', { level: 1, name: /^Act / }).waitFor();
  await page.getByRole('heading', { name: 'Evidence' }).waitFor();
  expect(await inspectPage(page, 'audit-act')).toEqual([]);
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the evidence' }).click();
  const folder = join(temporaryFolder(), 'saved');
  mkdirSync(folder);
  const archive = join(folder, 'evidence.tar');
  await (await saving).saveAs(archive);
  expect(Bun.spawnSync(['tar', 'xf', archive], { cwd: folder }).exitCode).toBe(0);
  const files = [...new Bun.Glob('*/*').scanSync(folder)].map((path) => path.split('/')[1]);
  expect(files).toContain('verify.mjs');
  expect([refused, errors]).toEqual([[], []]);
}, 60_000);

test('a row that somebody changed is named with its place, page by page', async () => {
  const { sql } = system();
  const before = await auditor.audit.verify('acts', { limit: 2 });
  expect(before).toMatchObject({ checked: 2, position: 2, next_after: 2, faults: [] });
  expect((await auditor.audit.verify('acts', { after: 2, limit: 1 })).faults).toEqual([]);
  const [act] = await sql<{ id: string }[]>`select act_id as id from audit_chain where position = 3`;
  await changeUnseen(
    (raw) => raw`update audit_log set details = '{"changed": true}' where id = ${act?.id ?? ''}`,
  );
  const { faults } = await auditor.audit.verify('acts', { after: 2, limit: 1 });
  expect(faults).toContainEqual({ id: act?.id as string, position: 3, path: '/record_hash' });
  const [decision] = await sql<{ id: string }[]>`
    select analysis_id as id from credit_analysis_chain where position = 1`;
  await changeUnseen(
    (raw) => raw`update credit_analyses set risk_score = 0.0123 where id = ${decision?.id ?? ''}`,
  );
  expect((await auditor.audit.verify('decisions')).faults).toContainEqual({
    id: decision?.id as string,
    position: 1,
    path: '/columns/risk_score',
  });
  await eventually('the background has found both', async () => {
    const { items } = await auditor.audit.chains();
    return items.map(({ fault_position: position }) => position).join() === '3,1';
  });
  const { page, open } = await openConsole(browser, system(), ['auditor']);
  await open('/audit', 'Audit');
  await page.getByText('In the background, acts: the first fault is at position 3').waitFor();
  await page.getByRole('button', { name: 'Verify both chains' }).click();
  await page.getByRole('cell', { name: '/columns/risk_score' }).waitFor();
  await page.getByRole('cell', { name: '/record_hash' }).waitFor();
  expect(await inspectPage(page, 'audit-faults')).toEqual([]);
}, 60_000);

test('others than auditors do not see the page', async () => {
  const { page, open } = await openConsole(browser, system(), ['operator', 'risk', 'approver']);
  await open('/audit', 'There is no such page');
  expect(await page.getByRole('link', { name: 'Audit' }).count()).toBe(0);
}, 60_000);
