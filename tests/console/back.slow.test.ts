import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { EcsClient } from '../../sdk/index.ts';
import { openBrowser } from '../harness/browser.ts';
import { openConsole } from '../harness/console.ts';
import { newCustomer, useSystem } from '../harness/system.ts';

const system = useSystem({ split: false });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
  const { url } = system();
  for (let count = 0; count < 2; count += 1) {
    const { id, token } = await newCustomer(url);
    await new EcsClient({ baseUrl: url, token }).analyses.create(id);
  }
}, 60_000);
afterAll(() => browser.close());

test('the way back from one decision leads to the same part of the list, with its filters', async () => {
  const { page, errors, open } = await openConsole(browser, system(), ['viewer']);
  await open('/decisions', 'Decisions');
  const filters = page.getByRole('form', { name: 'Filters' });
  await filters.getByLabel('Outcome').selectOption('Denied');
  await filters.getByLabel('Policy').fill('v1');
  await filters.getByLabel('Since').fill('2026-01-31T00:00');
  await filters.getByRole('button', { name: 'Apply' }).click();
  const first = page.getByRole('table').getByRole('link').first();
  await first.waitFor();
  // A click on the page in sight loads it again, with its filters.
  const again = page.waitForRequest(/credit-analyses\?.*policy_version=v1/);
  await page.getByRole('navigation').getByRole('link', { name: 'Decisions' }).click();
  await again;
  await first.click();
  await page.getByRole('heading', { level: 1, name: /^Decision \w/ }).waitFor();
  const asked = page.waitForRequest(/credit-analyses\?/);
  await page.goBack();
  expect(new URL((await asked).url()).searchParams.toString()).toBe(
    'outcome=denied&policy_version=v1&since=2026-01-31T00%3A00%3A00.000Z&page_size=25',
  );
  await first.waitFor();
  expect(await filters.getByLabel('Outcome').inputValue()).toBe('denied');
  expect(await filters.getByLabel('Policy').inputValue()).toBe('v1');
  expect(await filters.getByLabel('Since').inputValue()).toBe('2026-01-31T00:00');
  expect([errors, page.url().includes('v1')]).toEqual([[], false]);
}, 60_000);
