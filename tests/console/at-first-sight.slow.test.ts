import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, Locator } from 'playwright-core';
import { EcsClient } from '../../sdk/index.ts';
import { openBrowser } from '../harness/browser.ts';
import { eventually } from '../harness/engines.ts';
import { inspectPage, openConsole } from '../harness/console.ts';
import { storePopulation } from '../harness/population.ts';
import { emotionOf, newCustomer, useSystem } from '../harness/system.ts';

/** Nothing is cut off, drawn invisibly, unexplained, or under the name of something else. */
const system = useSystem({ split: false });
let browser: Browser;
let userId: string;
let analysisId: string;

beforeAll(async () => {
  browser = await openBrowser();
  const { url, sql } = system();
  const { id, token } = await newCustomer(url);
  userId = id;
  const ecs = new EcsClient({ baseUrl: url, token });
  await ecs.emotions.sendBatch(Array.from({ length: 30 }, () => emotionOf(id)));
  await eventually('the emotions are stored', async () => {
    const [row] = await sql<{ count: number }[]>`
      select count(*)::int as count from emotional_events where user_id = ${id}`;
    return row?.count === 30;
  });
  ({ analysis_id: analysisId } = await ecs.analyses.create(id));
  await sql`insert into users (id, email, password_hash)
    select gen_random_uuid(), 'nowhere-' || number || '@example.com', 'x' from generate_series(1, 25) as number`;
  await storePopulation(sql, { BR: 25, DE: 22 });
  // The population has events of every day: of this customer those of today are left.
  await sql`delete from emotional_daily_sums
    where user_id = ${id} and summary_date < (now() at time zone 'utc')::date`;
}, 60_000);
afterAll(() => browser.close());

/** Whether a part of a canvas has any pixel of a color of the style. */
const hasColor = (
  canvas: Locator,
  color: string,
  part: { fromRight?: number; fromBottom?: number } = {},
): Promise<boolean> =>
  canvas.evaluate(
    (element, { name, right, bottom }) => {
      const { width, height } = element as HTMLCanvasElement;
      const [x, y] = [right ? width - right : 0, bottom ? height - bottom : 0];
      const hex = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
      const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
      const context = (element as HTMLCanvasElement).getContext('2d');
      const { data = [] } = context?.getImageData(x, y, width - x, height - y) ?? {};
      for (let at = 0; at < data.length; at += 4) {
        if (channels.every((value, channel) => Math.abs(value - (data[at + channel] ?? 0)) < 16)) {
          if ((data[at + 3] ?? 0) > 200) return true;
        }
      }
      return false;
    },
    { name: color, right: part.fromRight ?? 0, bottom: part.fromBottom ?? 0 },
  );

test('the events of a single day are drawn, and a plot without any is a sentence', async () => {
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await open(`/customers/${userId}`, 'Customer');
  const canvas = page.locator('.plot canvas').first();
  await canvas.waitFor();
  await page.evaluate(() => new Promise(requestAnimationFrame));
  expect(await hasColor(canvas, 'plot-3')).toBe(true);
  await page.getByText('No spending on these days.').waitFor();
}, 60_000);

test('the last name below a plot is whole', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open('/emotions', 'Emotions');
  const canvas = page.locator('.plot canvas').nth(1);
  await canvas.waitFor();
  await page.evaluate(() => new Promise(requestAnimationFrame));
  expect(await hasColor(canvas, 'text', { fromBottom: 80 })).toBe(true);
  expect(await hasColor(canvas, 'text', { fromBottom: 80, fromRight: 3 })).toBe(false);
}, 60_000);

test('the steps of the overview stand under the names of their lanes', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open('/overview', 'Overview');
  const steps = page.getByRole('region', { name: 'Steps' });
  await steps.waitFor();
  const lanes = await steps.locator('th[scope=rowgroup]').allInnerTexts();
  expect(lanes).toEqual(['Emotions', 'Transactions', 'Credit analyses', 'Accepted offers', 'Webhooks']);
  expect(await page.getByRole('link', { name: /open$/ }).count()).toBe(0);
  expect(await page.getByText(/^\d+ open/).count()).toBe(1);
}, 60_000);

test('a list of decisions fits beside the navigation, with its last column', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open('/decisions', 'Decisions');
  const table = page.getByRole('region', { name: 'Decisions, newest first' });
  await table.waitFor();
  const [content, box] = await table.evaluate((element) => [element.scrollWidth, element.clientWidth]);
  expect(content).toBeLessThanOrEqual(box ?? 0);
}, 60_000);

test('the picture of a risk says what each of its lines is', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open(`/decisions/${analysisId}`, 'Decision');
  await page.locator('.scale').waitFor();
  expect(await page.locator('.scale .twin').count()).toBe(1);
  await page.getByText('The line is the risk that counts; the dashed one is that without emotions').waitFor();
  expect(await inspectPage(page, 'decision-twin')).toEqual([]);
}, 60_000);

test('a policy that decides everywhere it may is not offered to be activated', async () => {
  const { page, open } = await openConsole(browser, system(), ['approver']);
  await open('/policies/v1', 'Policy v1');
  await page.getByRole('button', { name: 'Roll back' }).waitFor();
  expect(await page.getByRole('button', { name: 'Activate' }).count()).toBe(0);
}, 60_000);

test('an overview without a flow says so, and goes on by itself when it comes', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await page.route('**/operators/flow', (route) => route.abort());
  await open('/overview', 'Overview');
  await page.getByText('Could not load the flow. Nothing has come for 8 seconds').waitFor();
  await page.unroute('**/operators/flow');
  await page.getByRole('region', { name: 'Steps' }).waitFor();
  expect(await page.getByText('Could not load').count()).toBe(0);
}, 60_000);

test('an overview that was refused keeps its reason', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await page.clock.install();
  const problem = { code: 'role_missing', status: 403, title: 'Forbidden', detail: 'It needs a role.' };
  const response = { status: 403, contentType: 'application/problem+json', body: JSON.stringify(problem) };
  await page.route('**/operators/flow', (route) => route.fulfill(response));
  await open('/overview', 'Overview');
  const refusal = page.getByText('It is not for your roles.');
  await refusal.waitFor();
  await page.clock.runFor(10_000);
  expect(await page.getByText('Could not load').textContent()).toContain('Could not load the flow');
  expect(await refusal.count()).toBe(1);
}, 60_000);

test('an act without a response says that it may have been done, and the page is loaded again', async () => {
  const { page, open } = await openConsole(browser, system(), ['approver']);
  await open('/policies/v1', 'Policy v1');
  await page.getByRole('button', { name: 'Roll back' }).click();
  await page.getByLabel('Why').fill('of a test');
  await page.route('**/policy-rollbacks', (route) => route.abort());
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Roll back' }).click();
  await dialog.getByText('It may have been done all the same: close this to see the state.').waitFor();
  const loaded = page.waitForRequest('**/operators/policies/v1');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await loaded;
}, 60_000);
