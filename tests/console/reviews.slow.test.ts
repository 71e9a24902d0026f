import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole } from '../harness/console.ts';
import { newReview } from '../harness/reviews.ts';
import { useSystem } from '../harness/system.ts';

const system = useSystem({ split: false });
let browser: Browser;
let reviewId: string;

beforeAll(async () => {
  browser = await openBrowser();
  reviewId = await newReview(system().url, 'My salary came late.');
}, 60_000);
afterAll(() => browser.close());

test('the queue shows the oldest review first, by keyboard, on any screen, in light and dark', async () => {
  const { page, refused, errors, open } = await openConsole(browser, system(), ['operator']);
  await open('/reviews', 'Reviews');
  const link = page.getByRole('link', { name: reviewId.slice(0, 8) });
  await link.waitFor();
  expect(await inspectPage(page, 'reviews')).toEqual([]);
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the page');
  await page.getByLabel('Decided').check();
  await page.getByText('No review was decided yet.').waitFor();
  expect([refused, errors]).toEqual([[], []]);
}, 60_000);

test('an operator overrides a denial by keyboard alone; a fault keeps what was typed', async () => {
  const { page, errors, open } = await openConsole(browser, system(), ['operator']);
  await open(`/reviews/${reviewId}`, `Review ${reviewId.slice(0, 8)}`);
  await page.getByRole('heading', { name: 'The denial' }).waitFor();
  expect(await inspectPage(page, 'review')).toEqual([]);
  await page.getByRole('button', { name: 'Override it with an offer' }).press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Credit limit').fill('9000000');
  await dialog.getByLabel('Interest rate').fill('12.5');
  await dialog.getByLabel('Note').fill('three payslips seen');
  expect(await inspectPage(page, 'review-override')).toEqual([]);
  await dialog.getByLabel('Note').press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await dialog.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
  expect(await dialog.getByLabel('Note').inputValue()).toBe('three payslips seen');
  await dialog.getByLabel('Credit limit').fill('1500');
  await dialog.getByLabel('Credit limit').press('Enter');
  await page.getByText('The facts were wrong: three payslips seen').waitFor();
  expect(await page.getByText('overridden').count()).toBeGreaterThan(0);
  expect(await page.getByRole('button', { name: 'Uphold the denial' }).count()).toBe(0);
  // The refused limit is a response of 409 or 422, which the browser mentions.
  expect(errors.filter((text) => !/status of 4(09|22)/.test(text))).toEqual([]);
}, 60_000);

test('an operator without the role does not see the page', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open('/reviews', 'There is no such page');
  expect(await page.getByRole('link', { name: 'Reviews' }).count()).toBe(0);
}, 60_000);
