import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import shipped from '../../underwriting/policies/v1.json';
import { score } from '../../underwriting/scorecard.ts';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole } from '../harness/console.ts';
import { newOperator } from '../harness/operators.ts';
import { storeDecisions } from '../harness/stored-decisions.ts';
import { useSystem } from '../harness/system.ts';

const system = useSystem({ split: false });
let browser: Browser;
const STRICT = {
  ...shipped,
  version: 'strict-1',
  title: 'Fewer than twelve transactions are denied',
  rules: [...shipped.rules, { code: 'few_transactions', deny_when: 'features.transaction_count_30d < 12.0' }],
};

beforeAll(async () => {
  browser = await openBrowser();
  const { url, sql } = system();
  await storeDecisions(sql, 400);
  const rows = await sql<{ id: string; record: { twin: Assessment; full: Assessment | null } }[]>`
    select id, record from credit_analyses`;
  const words = rows.map(({ id, record: { twin, full } }) => ({
    id,
    twin: wordOf(twin),
    full: wordOf(full),
  }));
  await sql`
    insert into challenger_predictions (analysis_id, model, twin, "full", latency_ms)
    select id, 'scorecard-2', twin, "full", 3
    from jsonb_to_recordset(${JSON.stringify(words)}::text::jsonb) as word (id uuid, twin jsonb, "full" jsonb)`;
  const { token } = await newOperator(system(), ['risk']);
  await new EcsOperatorClient({ baseUrl: url, token }).policies.add(STRICT);
}, 60_000);
afterAll(() => browser.close());

interface Assessment {
  features: Parameters<typeof score>[0];
}
const wordOf = (assessment: Assessment | null) =>
  assessment && { ...score(assessment.features, 'scorecard-2'), model_version: 'scorecard-2' };

test('a policy is tested with plots, proposed, approved by another operator, activated and rolled back', async () => {
  const author = await openConsole(browser, system(), ['risk', 'approver']);
  const { page, open } = author;
  await open('/policies', 'Policies');
  await page.getByRole('link', { name: 'strict-1' }).waitFor();
  expect(await inspectPage(page, 'policies')).toEqual([]);
  await open('/policies/strict-1', 'Policy strict-1');
  await page.getByLabel('Compared with').selectOption('v1');
  await page.getByRole('cell', { name: '/title' }).waitFor();
  await page.getByRole('button', { name: 'Run the backtest' }).click();
  await page.getByText(/0 denials become approvals, \d+ approvals become denials/).waitFor();
  await page.getByText(/(\S+) of \1 decisions looked at/).waitFor();
  await page.getByText('Credit limits before and after').first().waitFor();
  expect(await inspectPage(page, 'policy')).toEqual([]);
  const act = async (of: typeof page, button: string, confirm: string, why: string) => {
    await of.getByRole('button', { name: button, exact: true }).click();
    const dialog = of.getByRole('dialog');
    await dialog.getByLabel('Why').fill(why);
    await dialog.getByRole('button', { name: confirm, exact: true }).click();
    return dialog;
  };
  await act(page, 'Keep this test', 'Keep', 'as expected');
  await act(page, 'Propose', 'Propose', 'new customers default more often');
  const own = await act(page, 'Approve', 'Approve', 'mine is right');
  await own.getByRole('alert').filter({ hasText: 'another operator must approve it' }).waitFor();
  await page.keyboard.press('Escape');
  const second = await openConsole(browser, system(), ['approver']);
  await second.open('/policies/strict-1', 'Policy strict-1');
  await act(second.page, 'Approve', 'Approve', 'as agreed');
  await act(second.page, 'Activate', 'Activate', 'from today on');
  await second.page.getByRole('cell', { name: 'activate' }).waitFor();
  const rollback = second.page.waitForRequest('**/policy-rollbacks');
  await act(second.page, 'Roll back', 'Roll back', 'too many denials');
  // A rollback that is sent again takes back no other activation.
  expect((await rollback).postDataJSON()).toEqual({ version: 'strict-1', note: 'too many denials' });
  await second.page.getByText('retired', { exact: true }).first().waitFor();
  await second.open('/policies', 'Policies');
  await second.page.getByRole('row', { name: /^v1 active/ }).waitFor();
  // The refusal of the own approval is an error of the browser's console, too.
  expect([...author.refused, ...second.refused, ...second.errors]).toEqual([]);
}, 60_000);

test('a backtest beside others says that it waits, or that there is no room, and starts at its turn', async () => {
  const { page, errors, open } = await openConsole(browser, system(), ['risk']);
  const { token } = await newOperator(system(), ['risk']);
  const report = await new EcsOperatorClient({ baseUrl: system().url, token }).policies.backtest('strict-1');
  const { promise: turn, resolve: begin } = Promise.withResolvers<void>();
  const eventOf = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  // Another operator's backtest runs for as long as the test wants.
  using queue = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () =>
      new Response(
        new ReadableStream({
          async start(controller) {
            controller.enqueue(eventOf('waiting', { before: 2 }));
            await turn;
            controller.enqueue(eventOf('report', report));
            controller.close();
          },
        }),
        { headers: { 'content-type': 'text/event-stream' } },
      ),
  });
  let isFull = false;
  await page.route('**/backtest?**', (route) =>
    isFull
      ? route.fulfill({
          status: 503,
          contentType: 'application/problem+json',
          headers: { 'retry-after': '40' },
          json: { code: 'overloaded', status: 503, detail: 'There is room in 40 s at the latest.' },
        })
      : route.continue({ url: queue.url.href }),
  );
  await open('/policies/strict-1', 'Policy strict-1');
  const run = page.getByRole('button', { name: 'Run the backtest' });
  await run.click();
  await page
    .getByRole('status')
    .filter({ hasText: '2 other backtests come first: one runs at a time' })
    .waitFor();
  expect(await inspectPage(page, 'backtest-waiting')).toEqual([]);
  begin();
  await page.getByText(/denials become approvals/).waitFor();
  isFull = true;
  await run.click();
  await page.getByRole('status').filter({ hasText: 'There is room in 40 s at the latest.' }).waitFor();
  expect(await page.getByRole('alert').filter({ hasText: 'Could not load' }).count()).toBe(0);
  isFull = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText(/denials become approvals/).waitFor();
  // The browser's own word for the 503.
  expect(errors.filter((text) => !text.includes('status of 503'))).toEqual([]);
}, 60_000);

test('a viewer compares versions and models, and is offered no act', async () => {
  const { page, errors, open } = await openConsole(browser, system(), ['viewer']);
  await open('/policies/v1', 'Policy v1');
  expect(await page.getByRole('button', { name: /Activate|Run the backtest/ }).count()).toBe(0);
  await open('/models', 'Models');
  await page.getByRole('heading', { name: 'scorecard-2 against scorecard-1' }).waitFor();
  await page.getByLabel('Better means').selectOption('approvals');
  await page.getByText('for the objective approvals').or(page.getByText('not below 0.05')).waitFor();
  expect(await inspectPage(page, 'models')).toEqual([]);
  expect(errors).toEqual([]);
}, 60_000);
