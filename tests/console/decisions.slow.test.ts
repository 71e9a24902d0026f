import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { EcsClient } from '../../sdk/index.ts';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole } from '../harness/console.ts';
import { newCustomer, useSystem } from '../harness/system.ts';

const system = useSystem({ split: false });
let browser: Browser;
let denialId: string;
let userId: string;

beforeAll(async () => {
  browser = await openBrowser();
  const { url, internalKey } = system();
  const { id, token } = await newCustomer(url);
  userId = id;
  const ecs = new EcsClient({ baseUrl: url, token });
  ({ analysis_id: denialId } = await ecs.analyses.create(id));
  const other = await newCustomer(url);
  const platform = new EcsClient({ baseUrl: url, internalKey });
  await platform.transactions.sendBatch(
    Array.from({ length: 60 }, () => ({ userId: other.id, amount: 150 })),
  );
}, 60_000);
afterAll(() => browser.close());

test('a viewer finds a denial by filters, and reads why on any screen', async () => {
  const { page, refused, errors, open } = await openConsole(browser, system(), ['viewer']);
  await open('/decisions', 'Decisions');
  await page.getByLabel('Outcome').selectOption('denied');
  await page.getByLabel('Customer id').fill(userId);
  await page.getByRole('button', { name: 'Apply' }).click();
  const link = page.getByRole('link', { name: denialId.slice(0, 8) });
  await link.waitFor();
  expect(await page.getByRole('row').count()).toBe(2);
  expect(await inspectPage(page, 'decisions')).toEqual([]);
  await page.getByLabel('Outcome').selectOption('approved');
  await page.getByRole('button', { name: 'Apply' }).click();
  await page.getByText('No decision matches these filters.').waitFor();
  await open(`/decisions/${denialId}`, `Decision ${denialId.slice(0, 8)}`);
  await page.getByRole('heading', { name: 'The way through the policy' }).waitFor();
  await page.getByText('The decision would be the same.').waitFor();
  await page.getByRole('button', { name: 'Decide again from the record' }).click();
  await page.getByText('The same decision').waitFor();
  expect(await inspectPage(page, 'decision')).toEqual([]);
  expect([refused, errors]).toEqual([[], []]);
}, 60_000);

test('sliders by the keyboard, and another policy, show the other decision beside it', async () => {
  const { page, errors, open } = await openConsole(browser, system(), ['viewer']);
  await open(`/decisions/${denialId}`, `Decision ${denialId.slice(0, 8)}`);
  await page.getByLabel('Transactions of 30 days').focus();
  await page.keyboard.press('End');
  await page.getByLabel('Average transaction of 30 days').focus();
  await page.keyboard.press('End');
  await page.getByText('It would be approved').waitFor();
  expect(await inspectPage(page, 'what-if')).toEqual([]);
  await page.getByLabel('Policy').selectOption('prudent-1');
  await page.getByRole('cell', { name: 'prudent-1' }).waitFor();
  await page.getByRole('button', { name: 'Back to the decision' }).click();
  await page.getByText('The decision would be the same.').waitFor();
  expect(errors).toEqual([]);
}, 60_000);
