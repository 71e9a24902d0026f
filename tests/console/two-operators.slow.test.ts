import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import shipped from '../../underwriting/policies/v1.json';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole, tellSignedOut } from '../harness/console.ts';
import { eventually } from '../harness/engines.ts';
import { newOperator } from '../harness/operators.ts';
import { newReview } from '../harness/reviews.ts';
import { emotionOf, json, useSystem } from '../harness/system.ts';

/** Two operators at the same thing: of two acts one counts, and the operator of the other is told. */
const system = useSystem({ split: false, variables: { REVIEW_FOUR_EYES_ABOVE: '1500' } });
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
}, 60_000);
afterAll(() => browser.close());

/** The second operator, beside the page. */
async function second() {
  const { token, name } = await newOperator(system());
  return { api: new EcsOperatorClient({ baseUrl: system().url, token }), name };
}

async function begin(page: Page, button: string | RegExp, label: string, words: string) {
  await page.getByRole('button', { name: button }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(label).fill(words);
  return {
    dialog,
    /** Acts too late: the dialog says so, keeps the words, and is closed. */
    async isToldOf(act: string, sentence: string) {
      await dialog.getByRole('button', { name: act, exact: true }).click();
      await dialog.getByRole('alert').filter({ hasText: sentence }).waitFor();
      expect(await dialog.getByLabel(label).inputValue()).toBe(words);
      await dialog.getByText('Cancel').click();
      await dialog.waitFor({ state: 'detached' });
    },
  };
}

test('the later of two decisions of a review is told of the first, and shown it', async () => {
  const reviewId = await newReview(system().url, 'My salary came late.');
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await open(`/reviews/${reviewId}`, `Review ${reviewId.slice(0, 8)}`);
  const uphold = await begin(page, 'Uphold the denial', 'Note', 'seen by the first');
  const { api, name } = await second();
  await api.reviews.uphold(reviewId, { reason_code: 'risk_too_high', note: 'seen by the second' });
  await uphold.isToldOf('Uphold', 'Another operator has decided this review meanwhile.');
  await page.getByText('The risk is too high: seen by the second').waitFor();
  await page.getByText(`by ${name}`).waitFor();
  expect(await page.getByRole('button', { name: /Uphold|Override/ }).count()).toBe(0);
}, 60_000);

test('a proposal is not undone by an operator who has not seen it, and its whole terms are approved', async () => {
  const reviewId = await newReview(system().url, 'My salary came late.');
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await open(`/reviews/${reviewId}`, `Review ${reviewId.slice(0, 8)}`);
  const uphold = await begin(page, 'Uphold the denial', 'Note', 'seen by the first');
  const { api, name } = await second();
  await api.reviews.override(reviewId, {
    reason_code: 'income_verified',
    note: 'three payslips',
    credit_limit: 2000,
    interest_rate: 12.5,
    credit_type: 'SHORT_TERM_PERSONAL_LOAN',
  });
  await uphold.isToldOf('Uphold', 'Another operator has proposed an offer in this review meanwhile.');
  await page.getByRole('button', { name: 'Approve the proposed offer' }).click();
  await page.getByText(`${name} proposes 2,000.00 at 12.50 % a year, short term.`).waitFor();
  expect(await inspectPage(page, 'review-approve')).toEqual([]);
}, 60_000);

test('an activation says in whose place it is, and replaces no other that came meanwhile', async () => {
  const author = await second();
  const { api } = await second();
  for (const version of ['first-1', 'second-1']) {
    const { hash } = await author.api.policies.add({ ...shipped, version, title: version });
    await author.api.policies.recordTest(version, { hash, note: 'no flips', figures: { flips: 0 } });
    await author.api.policies.propose(version, 'why');
    await api.policies.approve(version, 'agreed');
  }
  const { page, open } = await openConsole(browser, system(), ['approver']);
  await open('/policies/first-1', 'Policy first-1');
  const activation = await begin(page, 'Activate', 'Why', 'from today on');
  await activation.dialog.getByText('v1 decides for').waitFor();
  await api.policies.activate('second-1', { note: 'sooner' });
  await activation.isToldOf('Activate', 'Another operator has changed this policy meanwhile, or the');
  await eventually('the page has loaded again', async () => {
    await page.getByRole('button', { name: 'Activate' }).click();
    const isShown = await page.getByText('second-1 decides for').isVisible();
    if (!isShown) await page.keyboard.press('Escape');
    return isShown;
  });
  await page.getByRole('dialog').getByLabel('Why').fill('in its place');
  await page.getByRole('dialog').getByRole('button', { name: 'Activate' }).click();
  await page.getByRole('cell', { name: 'in its place' }).waitFor();
}, 60_000);

/** Parks an event of an unknown customer. */
async function parkLetter(): Promise<void> {
  const { url, internalKey } = system();
  const before = await countLetters();
  const event = json(emotionOf(crypto.randomUUID()), { 'x-internal-key': internalKey });
  expect((await fetch(`${url}/v1/emotions/stream`, event)).status).toBe(202);
  await eventually('it is parked', async () => (await countLetters()) > before);
}
const listLetters = async () => (await second()).api.deadLetters.list();
const countLetters = async () => (await listLetters()).items.length;

test('dead letters that another operator took are told of, and none that came meanwhile is acted on', async () => {
  await parkLetter();
  await parkLetter();
  const { page, account, open } = await openConsole(browser, system(), ['operator']);
  await open('/dead-letters/emotions/unknown_user', 'unknown_user of emotions');
  const replay = await begin(page, 'Replay 2', 'Reason', 'the customer is registered now');
  const id = (await listLetters()).items[0]?.id ?? '';
  await (await second()).api.deadLetters.drop({ ids: [id], reason: 'a test' });
  await replay.isToldOf('Replay', 'Another operator has replayed or dropped some of these dead letters');
  const { dialog } = await begin(page, 'Drop 1', 'Reason', 'of the first');
  await parkLetter();
  // The page loads again behind the dialog, as after a session that ended.
  await page.context().clearCookies();
  await tellSignedOut(page);
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.getByLabel('Password').fill(account.password);
  await again.getByRole('button', { name: 'Sign in' }).click();
  // The one that came meanwhile is in the list.
  await page
    .getByRole('cell', { name: /would be rejected again/ })
    .nth(1)
    .waitFor({ state: 'attached' });
  const dropped = page.waitForRequest('**/dead-letter-drops');
  await dialog.getByRole('button', { name: 'Drop' }).click();
  expect((await dropped).postDataJSON()).toMatchObject({ ids: [expect.any(String)], reason: 'of the first' });
  await page.getByText('1 given up for good.').waitFor();
  expect(await countLetters()).toBe(1);
}, 60_000);
