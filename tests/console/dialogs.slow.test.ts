import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../harness/browser.ts';
import { openConsole } from '../harness/console.ts';
import { newReview } from '../harness/reviews.ts';
import { useSystem } from '../harness/system.ts';

const system = useSystem({ split: false });
let browser: Browser;
let reviewId: string;

beforeAll(async () => {
  browser = await openBrowser();
  reviewId = await newReview(system().url);
}, 60_000);
afterAll(() => browser.close());

const focusOf = (page: Page) =>
  page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent);

test('the keyboard goes on where it was: at the opener after Cancel or Escape, in the page after the act', async () => {
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await open(`/reviews/${reviewId}`, `Review ${reviewId.slice(0, 8)}`);
  const opener = page.getByRole('button', { name: 'Uphold the denial' });
  const dialog = page.getByRole('dialog');
  for (const close of [
    () => page.keyboard.press('Escape'),
    () => dialog.getByText('Cancel').press('Enter'),
  ]) {
    await opener.press('Enter');
    await dialog.waitFor();
    await close();
    await dialog.waitFor({ state: 'detached' });
    expect(await focusOf(page)).toBe('Uphold the denial');
  }
  await opener.press('Enter');
  // Words of blanks alone are none: the server refuses them.
  await dialog.getByLabel('Note').fill('  ');
  await dialog.getByRole('button', { name: 'Uphold' }).press('Enter');
  await dialog.getByRole('alert').filter({ hasText: /\w/ }).waitFor();
  expect(await focusOf(page)).toBe('Uphold');

  // Until its outcome is known, an act that goes on neither disappears nor begins a second time.
  const sent: string[] = [];
  const held = Promise.withResolvers<void>();
  await page.route('**/uphold', async (route) => {
    sent.push(route.request().url());
    await held.promise;
    await route.continue();
  });
  await dialog.getByLabel('Note').fill('seen');
  await dialog.getByRole('button', { name: 'Uphold' }).press('Enter');
  await dialog.getByText('Working').waitFor();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await dialog.getByText('Cancel').click({ force: true });
  expect(await dialog.isVisible()).toBe(true);
  held.resolve();
  await page.getByText('facts_confirmed: seen').waitFor();
  expect([sent.length, await focusOf(page)]).toEqual([1, 'main']);
}, 60_000);
