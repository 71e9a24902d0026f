import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole } from '../harness/console.ts';
import { COMPLETE_DAYS, storePopulation } from '../harness/population.ts';
import { useSystem } from '../harness/system.ts';

const system = useSystem({ split: false });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  await storePopulation(system().sql, { BR: 25, DE: 19 });
}, 60_000);
afterAll(() => browser.close());

/** The name and the size of the file that a button saves. */
async function saved(page: Page, name: 'Save CSV' | 'Save PNG') {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name }).first().click(),
  ]);
  return { name: download.suggestedFilename(), file: Bun.file(await download.path()) };
}

test('an analyst sees emotions by day, by weekday and hour, and by jurisdiction, with files of each plot', async () => {
  const { page, refused, errors, open } = await openConsole(browser, system(), ['viewer']);
  await open('/emotions', 'Emotions');
  await page.getByLabel('First day').fill(COMPLETE_DAYS.from);
  await page.getByLabel('Last day').fill(COMPLETE_DAYS.to);
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByText(/^Of 750 events half have a stress of/).waitFor();
  expect(await inspectPage(page, 'emotions')).toEqual([]);
  await page.getByLabel('Positivity').check();
  await page.getByText(/half have a positivity of/).waitFor();
  const legend = page.locator('.u-legend').first();
  const labels = ['10 % below', '25 % below', 'Median', '75 % below', '90 % below'];
  const values = labels.map((label) => `${label}0\\.\\d{1,3}`).join('');
  expect(await legend.textContent()).toMatch(new RegExp(`^UTC day${COMPLETE_DAYS.to}${values}$`));
  await page
    .locator('.u-over')
    .first()
    .hover({ position: { x: 1, y: 50 } });
  await legend.getByText(COMPLETE_DAYS.from).waitFor();
  await page.mouse.move(0, 0);
  await legend.getByText(COMPLETE_DAYS.to).waitFor();
  const heatmap = page.getByRole('figure').filter({ hasText: 'Positivity by weekday and hour' });
  expect(await heatmap.getByRole('img').count()).toBe(1);
  await page.getByText('Table and files').first().press('Enter');
  const csv = await saved(page, 'Save CSV');
  expect(csv.name).toBe('positivity-by-day.csv');
  const lines = (await csv.file.text()).trim().split('\r\n');
  expect([lines[0], lines.length]).toEqual([
    'UTC day,10 % below,25 % below,Median,75 % below,90 % below',
    31,
  ]);
  const png = await saved(page, 'Save PNG');
  expect(new Uint8Array(await png.file.slice(1, 4).arrayBuffer())).toEqual(new TextEncoder().encode('PNG'));
  await heatmap.getByText('Table and files').press('Enter');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    heatmap.getByRole('button', { name: 'Save PNG' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('positivity-by-weekday-and-hour.png');
  expect(await inspectPage(page, 'emotions-tables')).toEqual([]);
  await page.getByRole('textbox', { name: 'Jurisdiction' }).fill('DE');
  await page.getByRole('textbox', { name: 'Jurisdiction' }).press('Enter');
  await page.getByText('No hour of these days has events of 20 customers or more.').waitFor();
  await page.getByRole('textbox', { name: 'Jurisdiction' }).fill('Brazil');
  await page.getByRole('textbox', { name: 'Jurisdiction' }).press('Enter');
  await page
    .getByRole('alert')
    .getByText(/Two letters/)
    .waitFor();
  await page.getByRole('textbox', { name: 'Jurisdiction' }).fill('BR');
  await page.getByLabel('First day').fill('2020-01-01');
  await page.getByRole('button', { name: 'Show' }).click();
  await page.getByText('Could not load the emotions.').waitFor();
  expect(await inspectPage(page, 'emotions-failed')).toEqual([]);
  expect([refused, errors.filter((error) => !error.includes('422'))]).toEqual([[], []]);
}, 60_000);

test('an analyst sees the funnel, terms, denials and the effect of emotions', async () => {
  const { page, refused, errors, open } = await openConsole(browser, system(), ['risk']);
  await open('/credit', 'Credit');
  await page.getByRole('img', { name: /^Funnel/ }).waitFor();
  for (const name of [/^Credit limits/, /^Interest rates/, /^Time from/, /^Denials by/, /^Effect of/]) {
    expect(await page.getByRole('img', { name }).count()).toBe(1);
  }
  expect(await inspectPage(page, 'credit')).toEqual([]);
  await page.getByText('Table and files').first().press('Enter');
  const csv = await saved(page, 'Save CSV');
  expect((await csv.file.text()).split('\r\n')[0]).toBe('Part,Count,Of the stage before');
  expect([refused, errors]).toEqual([[], []]);
}, 60_000);

test('what stands out is said in words, with its test', async () => {
  const { page, refused, errors, open } = await openConsole(browser, system(), ['auditor']);
  await open('/changes', 'What stands out');
  await page.getByRole('heading', { name: '1 change stands out' }).waitFor();
  await page.getByText(/^Stress in BR has risen/).waitFor();
  expect(await inspectPage(page, 'changes')).toEqual([]);
  expect([refused, errors]).toEqual([[], []]);
}, 60_000);
