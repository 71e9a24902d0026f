import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole } from '../harness/console.ts';
import { newAccount } from '../harness/operators.ts';
import { newReview } from '../harness/reviews.ts';
import { useSystem } from '../harness/system.ts';

/** Sessions that end, or become another's, while a page has them: tabs of a browser share one cookie. */
const system = useSystem({ split: false });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
}, 60_000);
afterAll(() => browser.close());

const lateSalary = () => newReview(system().url, 'My salary came late.');

/** Opens the dialog that upholds a denial, with a note in it. */
async function beginUphold(page: Page, note: string): Promise<void> {
  await page.getByRole('button', { name: 'Uphold the denial' }).click();
  await page.getByRole('dialog').getByLabel('Note').fill(note);
}

/** Keeps a tab from telling the others of its session, as a frozen one would not hear of it. */
const silence = (tab: Page) =>
  tab.evaluate(() => {
    globalThis.BroadcastChannel.prototype.postMessage = () => {};
  });

const signInAgain = (page: Page) => page.getByRole('dialog', { name: 'Sign in again' });

async function signIn(page: Page, { name, password }: { name: string; password: string }): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function signOut(page: Page): Promise<void> {
  await page.locator('.who summary').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
}

const decidedBy = async (reviewId: string) => {
  const [row] = await system().sql<{ by: string | null; note: string | null }[]>`
    select decided_by as by, note from reviews where id = ${reviewId}`;
  return row;
};

test('a session that ends amid a form asks to sign in again; what was typed stays, and the act is done', async () => {
  const reviewId = await lateSalary();
  const { page, open, account } = await openConsole(browser, system(), ['operator']);
  await open(`/reviews/${reviewId}`, `Review ${reviewId.slice(0, 8)}`);
  await beginUphold(page, 'three payslips seen');
  await page.context().clearCookies();
  await page.getByRole('button', { name: 'Uphold', exact: true }).click();
  await signInAgain(page).waitFor();
  await signInAgain(page).locator('[type=password]:focus').waitFor();
  expect(await page.getByText('three payslips seen').isVisible()).toBe(false);
  expect(await page.getByText('My salary came late.').isVisible()).toBe(false);
  expect(await inspectPage(page, 'sign-in-again')).toEqual([]);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  // A browser may have closed it for a moment.
  await signInAgain(page).waitFor();
  await signIn(page, account);
  await signInAgain(page).waitFor({ state: 'detached' });
  expect(await page.getByRole('dialog').getByLabel('Note').inputValue()).toBe('three payslips seen');
  await page.getByRole('button', { name: 'Uphold', exact: true }).click();
  await page.getByText('The facts are confirmed: three payslips seen').waitFor();
  expect(await decidedBy(reviewId)).toEqual({ by: account.name, note: 'three payslips seen' });
}, 60_000);

test('a page acts for the operator whose name it shows alone: not for another who signed in in a tab beside it', async () => {
  const reviewId = await lateSalary();
  const { page, open, account } = await openConsole(browser, system(), ['operator']);
  await open(`/reviews/${reviewId}`, `Review ${reviewId.slice(0, 8)}`);
  await beginUphold(page, 'seen by the first');
  await silence(page);
  const second = await newAccount(system().sql, ['operator']);
  const beside = await page.context().newPage();
  await beside.goto(page.url());
  await silence(beside);
  await signOut(beside);
  await signIn(beside, second);
  await beside.getByText('My salary came late.').waitFor();
  await page.getByRole('button', { name: 'Uphold', exact: true }).click();
  // The session is over first, and then the other operator's, whom the console names.
  await signInAgain(page).getByText(`${second.name} has signed in`).waitFor();
  expect(await decidedBy(reviewId)).toMatchObject({ by: null });
  await signIn(page, account);
  await signInAgain(page).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Uphold', exact: true }).click();
  await page.getByText('The facts are confirmed: seen by the first').waitFor();
  expect(await decidedBy(reviewId)).toMatchObject({ by: account.name });
}, 60_000);

test('a page signs out its own operator alone, not another who signed in in a tab beside it', async () => {
  const { page } = await openConsole(browser, system(), ['viewer']);
  const second = await newAccount(system().sql, ['viewer']);
  const beside = await page.context().newPage();
  await beside.goto(page.url());
  for (const tab of [page, beside]) await silence(tab);
  await signOut(beside);
  await signIn(beside, second);
  await beside.getByRole('navigation', { name: 'Pages' }).waitFor({ state: 'attached' });
  await signOut(page);
  await signInAgain(page).getByText(`${second.name} has signed in`).waitFor();
  await beside.reload();
  await beside.getByText(second.name).first().waitFor();
}, 60_000);

test('the pages of all tabs are hidden once one of them signs out; another operator begins anew', async () => {
  const reviewId = await lateSalary();
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await open(`/reviews/${reviewId}`, `Review ${reviewId.slice(0, 8)}`);
  await beginUphold(page, 'of the first operator');
  const beside = await page.context().newPage();
  await beside.goto(page.url());
  await signOut(beside);
  await signInAgain(page).waitFor();
  expect(await page.getByText('My salary came late.').isVisible()).toBe(false);
  const second = await newAccount(system().sql, ['viewer']);
  await signIn(page, second);
  // Nothing is left of the words typed before, nor a page that is not for these roles.
  await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
  expect(await page.getByText('of the first operator').count()).toBe(0);
  await beside.getByRole('heading', { name: 'There is no such page' }).waitFor();
}, 60_000);

test('a page is hidden when its token ends, without an act', async () => {
  const reviewId = await lateSalary();
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await page.clock.install();
  await open(`/reviews/${reviewId}`, `Review ${reviewId.slice(0, 8)}`);
  await page.getByText('My salary came late.').waitFor();
  // As the browser does when the cookie's time is over.
  await page.context().clearCookies();
  await page.clock.fastForward('01:00:01');
  await signInAgain(page).waitFor();
  expect(await page.getByText('My salary came late.').isVisible()).toBe(false);
}, 60_000);

test('a console that does not respond is no session that is over', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await page.route('**/console/session', (route) => route.abort());
  await page.reload();
  await page.getByText('Could not load the session').waitFor();
  expect(await page.getByLabel('Password').count()).toBe(0);
  await page.unroute('**/console/session');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await open('/customers', 'Customers');
  // Signing out needs the console: only it takes the cookie away.
  await page.route('**/console/session', (route) => route.abort());
  await signOut(page);
  await page.getByText('You are still signed in').waitFor();
}, 60_000);
