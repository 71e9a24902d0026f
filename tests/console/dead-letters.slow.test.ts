import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole } from '../harness/console.ts';
import { eventually } from '../harness/engines.ts';
import { emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';
import { newOperator } from '../harness/operators.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';

const system = useSystem({ split: false });
let browser: Browser;
const userId = crypto.randomUUID();
const HOSTILE = '<img src=x onerror=document.title="owned">';

/** Sends 20 events of a customer who is not there yet, and one of another with a hostile text. */
beforeAll(async () => {
  browser = await openBrowser();
  const { url, internalKey } = system();
  const send = async (event: object) => {
    const response = await fetch(`${url}/v1/emotions/stream`, json(event, { 'x-internal-key': internalKey }));
    expect(response.status).toBe(202);
  };
  for (let index = 0; index < 20; index += 1) await send(emotionOf(userId));
  await send(
    emotionOf(crypto.randomUUID(), {
      emotionEvent: { type: HOSTILE, metrics: { positivity: 0.1, intensity: 0.1, stress_level: 0.1 } },
    }),
  );
  const { token } = await newOperator(system(), ['viewer']);
  const api = new EcsOperatorClient({ baseUrl: url, token });
  await eventually('all are dead-lettered', async () => (await api.deadLetters.list()).items.length === 21);
}, 60_000);
afterAll(() => browser.close());

test('20 poisoned events are repaired: the cause, what a replay would do, and the replay with its reason', async () => {
  const { page, refused, errors, open } = await openConsole(browser, system(), ['operator']);
  await open('/dead-letters', 'Dead letters');
  const link = page.getByRole('link', { name: 'unknown_user' });
  await link.waitFor();
  expect(await inspectPage(page, 'dead-letters')).toEqual([]);
  await link.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'unknown_user of emotions' }).waitFor();
  // Its number, and a word at each.
  await page.getByText('would be rejected again', { exact: true }).nth(21).waitFor();
  expect(await page.locator('main').innerText()).not.toContain(userId);
  expect(await inspectPage(page, 'dead-letter-group')).toEqual([]);

  await system().sql`insert into users (id, email, password_hash)
    values (${userId}, ${`${userId}@example.com`}, 'x')`;
  await page.reload();
  await page.getByRole('button', { name: 'Choose those that would be stored' }).click();
  await page.getByRole('button', { name: 'Replay 20' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill('the customer is registered now');
  expect(await inspectPage(page, 'dead-letter-replay')).toEqual([]);
  await dialog.getByRole('button', { name: 'Replay' }).click();
  await page.getByText('20 sent to their streams once more.').waitFor();
  await eventually('they are stored', async () => {
    const [row] = await system().sql<{ count: number }[]>`
      select count(*)::int as count from emotional_events where user_id = ${userId}`;
    return row?.count === 20;
  });
  expect([refused, errors]).toEqual([[], []]);
}, 60_000);

test('a hostile payload is shown as text, on demand, and dropped with a reason that is kept', async () => {
  const { page, refused, errors, open } = await openConsole(browser, system(), ['operator']);
  await open('/dead-letters/emotions/unknown_user', 'unknown_user of emotions');
  await page.getByText('Masked').first().click();
  await page.getByRole('button', { name: /^Show personal data/ }).click();
  await page.getByText('<img src=x').waitFor();
  expect(await page.title()).not.toContain('owned');
  expect(await page.locator('main img').count()).toBe(0);
  await page.getByRole('button', { name: 'Drop 1' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill(HOSTILE);
  await page.getByRole('dialog').getByRole('button', { name: 'Drop' }).click();
  await page.getByText('There is none any more.').waitFor();
  await open('/dead-letters', 'Dead letters');
  await page.getByText('There are no dead letters').waitFor();
  await page.getByRole('cell', { name: HOSTILE }).waitFor();
  expect(await inspectPage(page, 'dead-letters-empty')).toEqual([]);
  expect([refused, errors, await page.locator('main img').count()]).toEqual([[], [], 0]);
}, 60_000);

test('more than a page holds come page by page, each chosen anew', async () => {
  const { url, internalKey } = system();
  const lines = Array.from({ length: 520 }, () => JSON.stringify(emotionOf(crypto.randomUUID())));
  for (let from = 0; from < lines.length; from += 100) {
    const response = await fetch(`${url}/v1/emotions/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', 'x-internal-key': internalKey },
      body: lines.slice(from, from + 100).join('\n'),
    });
    expect(response.status).toBe(202);
  }
  const { token } = await newOperator(system(), ['viewer']);
  const api = new EcsOperatorClient({ baseUrl: url, token });
  await eventually('all are dead-lettered', async () => {
    const { items } = await api.deadLetters.list({ code: 'unknown_user', limit: 1000 });
    return items.length === 520;
  });
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await open('/dead-letters/emotions/unknown_user', 'unknown_user of emotions');
  await page.getByText('There are more than the 500 below').waitFor();
  await page.getByRole('button', { name: 'Replay 500' }).waitFor();
  await page.getByRole('button', { name: 'Later' }).click();
  await page.getByRole('button', { name: 'Drop 20' }).click();
  await page.getByRole('dialog').getByLabel('Reason').fill('of a test');
  await page.getByRole('dialog').getByRole('button', { name: 'Drop' }).click();
  await page.getByText('20 given up for good.').waitFor();
  await page.getByRole('button', { name: 'Earlier' }).click();
  await page.getByRole('button', { name: 'Replay 500' }).waitFor();
  expect(await page.getByRole('button', { name: 'Later' }).count()).toBe(0);
  await open('/dead-letters', 'Dead letters');
  await page.getByRole('button', { name: 'Older' }).click();
  await page.getByRole('button', { name: 'Newer' }).waitFor();
}, 60_000);

test('a viewer sees groups and shapes, and can neither act nor see what is in them', async () => {
  await newCustomer(system().url);
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open('/dead-letters/emotions/model_rejected', 'model_rejected of emotions');
  await page.getByText('There is none any more.').waitFor();
  expect(await page.getByRole('button', { name: /Replay|Drop|Show/ }).count()).toBe(0);
}, 60_000);
