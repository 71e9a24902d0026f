import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, Page, Route } from 'playwright-core';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole, tellSignedOut } from '../harness/console.ts';
import { eventually } from '../harness/engines.ts';
import { newOperator } from '../harness/operators.ts';
import { newReview } from '../harness/reviews.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import { emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';

/** Responses that come when the page, the choice or the session that they are for has gone. */
const system = useSystem({ split: false });
let browser: Browser;
let reviews: string[];

beforeAll(async () => {
  browser = await openBrowser();
  const { url, internalKey } = system();
  reviews = [await newReview(url, 'Of the first.'), await newReview(url, 'Of the second.')];
  const event = json(emotionOf(crypto.randomUUID()), { 'x-internal-key': internalKey });
  expect((await fetch(`${url}/v1/emotions/stream`, event)).status).toBe(202);
}, 60_000);
afterAll(() => browser.close());

/** Holds the response to the first request of an address; the next ones pass. */
async function holdFirst(page: Page, address: string) {
  const released = Promise.withResolvers<void>();
  const delivered = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  const urls: string[] = [];
  await page.route(address, async (route: Route) => {
    urls.push(route.request().url());
    if (urls.length > 1) return route.continue();
    // The server has responded to the state of this moment.
    const response = await route.fetch();
    reached.resolve();
    await released.promise;
    // Of a page that was left nobody takes it any more.
    await route.fulfill({ response }).catch(() => {});
    delivered.resolve();
  });
  return {
    urls,
    reached: reached.promise,
    /** Resolves once the page has had its turn with the response. */
    async release() {
      released.resolve();
      await delivered.promise;
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    },
  };
}

const signInAgain = (page: Page) => page.getByRole('dialog', { name: 'Sign in again' });
const headingOf = (page: Page) => page.getByRole('heading', { level: 1 });

test('the history from one thing to another of its kind leaves nothing of the first in sight', async () => {
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await open('/reviews', 'Reviews');
  for (const id of reviews) {
    await page.getByRole('link', { name: id.slice(0, 8) }).click();
    await headingOf(page)
      .filter({ hasText: id.slice(0, 8) })
      .waitFor();
    expect(await page.title()).toBe(`Review ${id.slice(0, 8)}…${id.slice(-4)} · ECS console`);
    await page.getByRole('button', { name: 'Uphold the denial' }).waitFor();
    if (id === reviews[0]) await page.getByRole('link', { name: 'Reviews' }).first().click();
  }
  const held = await holdFirst(page, `**/reviews/${reviews[0]}`);
  await page.evaluate(() => history.go(-2));
  await held.reached;
  await headingOf(page)
    .filter({ hasText: reviews[0]?.slice(0, 8) })
    .waitFor();
  expect(await page.getByText('Of the second.').count()).toBe(0);
  expect(await page.getByRole('button', { name: 'Uphold the denial' }).count()).toBe(0);
  await held.release();
  await page.getByText('Of the first.').waitFor();
}, 60_000);

test('a search whose page was left leads nowhere', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open('/customers', 'Customers');
  const held = await holdFirst(page, '**/customer-searches');
  const { email } = await newCustomer(system().url);
  await page.getByLabel('E-mail, or any id').fill(email);
  await page.keyboard.press('Enter');
  await held.reached;
  await page.getByRole('link', { name: 'Decisions' }).click();
  await headingOf(page).filter({ hasText: 'Decisions' }).waitFor();
  await held.release();
  expect(await headingOf(page).textContent()).toBe('Decisions');
}, 60_000);

test('a double click reads personal data once, which is an act on record', async () => {
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await open('/dead-letters/emotions/unknown_user', 'unknown_user of emotions');
  await page.getByText('Masked').click();
  const held = await holdFirst(page, '**/dead-letters/*');
  const show = page.getByRole('button', { name: /^Show personal data/ });
  await show.dblclick();
  await held.reached;
  await show.press('Enter');
  await held.release();
  // The keyboard stays at the button of both ways.
  await page.getByRole('button', { name: 'Mask it again' }).press('Enter');
  await show.waitFor();
  expect([held.urls.length, await page.evaluate(() => document.activeElement?.tagName)]).toEqual([
    1,
    'BUTTON',
  ]);
}, 60_000);

test('the verification of the chains ends with its page', async () => {
  const { page, open } = await openConsole(browser, system(), ['auditor']);
  await open('/audit', 'Audit');
  const held = await holdFirst(page, '**/chains/*/verification**');
  await page.getByRole('button', { name: 'Verify both chains' }).click();
  await held.reached;
  await page.getByRole('link', { name: 'Overview' }).click();
  await headingOf(page).filter({ hasText: 'Overview' }).waitFor();
  await held.release();
  expect(held.urls.length).toBe(1);
}, 60_000);

test('what is in sight of an earlier choice, or of before a silence, is said to be so', async () => {
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await open('/reviews', 'Reviews');
  await page.getByRole('link', { name: reviews[0]?.slice(0, 8) ?? '' }).waitFor();
  const held = await holdFirst(page, '**/reviews?state=decided**');
  await page.getByLabel('Decided').check();
  await held.reached;
  await page.getByText('Loading the queue once more').waitFor();
  await held.release();
  await page.getByText('No review was decided yet.').waitFor();
  await page.getByText('Loading the queue once more').waitFor({ state: 'hidden' });
  const { token } = await newOperator(system(), ['viewer']);
  const flow = await new EcsOperatorClient({ baseUrl: system().url, token }).flow.get();
  // A connection that is there, and brings nothing.
  using silent = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(`event: flow\ndata: ${JSON.stringify(flow)}\n\n`),
        }),
        { headers: { 'content-type': 'text/event-stream' } },
      ),
  });
  await page.route('**/operators/flow', (route) => route.continue({ url: silent.url.href }));
  await page.clock.install();
  await open('/overview', 'Overview');
  await page.getByRole('heading', { name: 'Processes' }).waitFor();
  await page.clock.runFor(9000);
  await page.getByText('Loading the flow once more').waitFor();
}, 60_000);

test('a session that was over says nothing of the one after it: neither its own responses nor those of the API', async () => {
  const { page, account, open } = await openConsole(browser, system(), ['operator']);
  await open('/reviews', 'Reviews');
  await page.getByRole('link', { name: reviews[0]?.slice(0, 8) ?? '' }).waitFor();
  await page.context().clearCookies();
  const heldSession = await holdFirst(page, '**/console/session');
  const heldQueue = await holdFirst(page, '**/reviews?state=decided**');
  await page.getByLabel('Decided').check();
  await heldQueue.reached;
  await tellSignedOut(page);
  await heldSession.reached;
  await tellSignedOut(page);
  await signInAgain(page).getByLabel('Password').fill(account.password);
  await signInAgain(page).getByRole('button', { name: 'Sign in' }).click();
  await signInAgain(page).waitFor({ state: 'detached' });
  await heldSession.release();
  expect(await signInAgain(page).count()).toBe(0);
  await heldQueue.release();
  expect(await signInAgain(page).count()).toBe(0);
  await eventually('the queue is shown', () => page.getByText('No review was decided yet.').isVisible());
}, 60_000);

test('a page on a computer that slept past the end of its token is hidden when it wakes', async () => {
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await page.clock.install();
  await open(`/reviews/${reviews[0]}`, `Review ${reviews[0]?.slice(0, 8)}`);
  await page.getByText('Of the first.').waitFor();
  await page.context().clearCookies();
  // The clock goes on in a sleep, and no timer does.
  await page.clock.setSystemTime(Date.now() + 8 * 3_600_000);
  await page.clock.runFor(6000);
  await signInAgain(page).waitFor();
  expect(await page.getByText('Of the first.').isVisible()).toBe(false);
}, 60_000);

test('the outcome of an act whose page was left is told above the next page', async () => {
  const [{ page, open }, beside] = await Promise.all([
    openConsole(browser, system(), ['operator']),
    openConsole(browser, system(), ['operator']),
  ]);
  const short = reviews[1]?.slice(0, 8) ?? '';
  const beginUphold = async (of: Page) => {
    await of.getByRole('link', { name: short }).click();
    await of.getByRole('button', { name: 'Uphold the denial' }).click();
    await of.getByRole('dialog').getByLabel('Note').fill('seen');
  };
  /** Upholds, and goes back before the response is there. */
  const upholdAndLeave = async (of: Page) => {
    const held = await holdFirst(of, '**/uphold');
    await of.getByRole('dialog').getByRole('button', { name: 'Uphold' }).click();
    await held.reached;
    await of.goBack();
    await headingOf(of).filter({ hasText: 'Reviews' }).waitFor();
    await held.release();
    return of.getByRole('alert').filter({ hasText: /\w/ }).innerText();
  };
  await open('/reviews', 'Reviews');
  await beside.open('/reviews', 'Reviews');
  await beginUphold(page);
  await beginUphold(beside.page);
  expect(await upholdAndLeave(page)).toContain('Uphold the denial: done.');
  expect(await upholdAndLeave(beside.page)).toContain(
    'Uphold the denial: not done. Another operator has decided this review meanwhile.',
  );
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByText('Uphold the denial: done.').waitFor({ state: 'detached' });
}, 60_000);

test('a page of long ago says so, and is loaded again on demand', async () => {
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await page.clock.install();
  await open('/reviews', 'Reviews');
  await page.getByRole('link', { name: reviews[0]?.slice(0, 8) ?? '' }).waitFor();
  await page.clock.runFor('11:00');
  await page.getByText('This page was loaded 11 min ago.').waitFor();
  expect(await inspectPage(page, 'stale')).toEqual([]);
  const loaded = page.waitForResponse('**/operators/reviews?**');
  await page.getByRole('button', { name: 'Load again' }).click();
  expect((await loaded).status()).toBe(200);
  await page.getByText('This page was loaded').waitFor({ state: 'detached' });
}, 60_000);

test('a backtest that is over is not run again with its page', async () => {
  const { page, open } = await openConsole(browser, system(), ['risk']);
  await page.clock.install();
  await open('/policies/v1', 'Policy v1');
  const runs: string[] = [];
  page.on('request', (request) => request.url().includes('/backtest') && runs.push(request.url()));
  await page.getByRole('button', { name: 'Run the backtest' }).click();
  await page.getByText(/denials become approvals/).waitFor();
  await page.clock.runFor('11:00');
  const loaded = page.waitForResponse('**/operators/policies/v1');
  await page.getByRole('button', { name: 'Load again' }).click();
  await loaded;
  await page.getByText('once more').first().waitFor({ state: 'hidden' });
  expect(runs.length).toBe(1);
}, 60_000);
