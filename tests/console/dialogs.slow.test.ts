import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../harness/browser.ts';
import { openConsole } from '../harness/console.ts';
import { newReview } from '../harness/reviews.ts';
import { useSystem } from '../harness/system.ts';

const system = useSystem({ split: false });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
}, 60_000);
afterAll(() => browser.close());

/** Opens an undecided review as an operator. */
async function openReview(): Promise<Page> {
  const { page, open } = await openConsole(browser, system(), ['operator']);
  const id = await newReview(system().url);
  await open(`/reviews/${id}`, `Review ${id.slice(0, 8)}`);
  return page;
}

const focusOf = (page: Page) =>
  page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent);

test('the keyboard goes on where it was: at the opener after Cancel or Escape, in the page after the act', async () => {
  const page = await openReview();
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
  await page.getByText('The facts are confirmed: seen').waitFor();
  expect([sent.length, await focusOf(page)]).toEqual([1, 'main']);
}, 60_000);

test('a busy browser that tells late of a closed dialog closes no other one', async () => {
  const page = await openReview();
  const dialog = page.getByRole('dialog');
  const opener = page.getByRole('button', { name: 'Override it with an offer' });
  await opener.click();
  const closed = await dialog.elementHandle();
  await dialog.getByText('Cancel').click();
  await dialog.waitFor({ state: 'detached' });
  await opener.click();
  await dialog.getByLabel('Note').fill('typed');
  await closed?.dispatchEvent('close');
  // A component goes in the next frame.
  await page.evaluate(() => new Promise(requestAnimationFrame));
  expect(await dialog.getByLabel('Note').inputValue()).toBe('typed');
}, 60_000);
