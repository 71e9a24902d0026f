import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { EcsClient } from '../../sdk/index.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import shipped from '../../underwriting/policies/v1.json';
import { openBrowser } from '../harness/browser.ts';
import { openConsole } from '../harness/console.ts';
import { eventually } from '../harness/engines.ts';
import { freeze } from '../harness/freeze.ts';
import { newOperator } from '../harness/operators.ts';
import { storePopulation } from '../harness/population.ts';
import { emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';

/** Five tasks of people, each by the keyboard alone; keys are counted beside the typed words. */
const system = useSystem({ split: true });
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
}, 60_000);
afterAll(() => browser.close());

/** A person at the keyboard, whose keys are counted; the page before any is the overview. */
async function atKeyboard(roles: Parameters<typeof openConsole>[2]) {
  const { page, open } = await openConsole(browser, system(), roles);
  await open('/overview', 'Overview');
  let keys = 0;
  const press = async (key: string) => {
    keys += 1;
    await page.keyboard.press(key);
  };
  return {
    page,
    keys: () => keys,
    press,
    /** Waits for a control with this name, as a person would, then goes on with Tab until it has the focus. */
    async tabTo(name: RegExp) {
      await eventually(`there is a control ${name}`, async () =>
        (await controlNames(page)).some((control) => name.test(control)),
      );
      const passed: string[] = [];
      for (let count = 0; count < 60; count += 1) {
        const focused = await focusedName(page);
        if (name.test(focused)) return;
        passed.push(focused);
        await press('Tab');
      }
      throw new Error(`no Tab leads to ${name}: ${passed.join(' | ')}`);
    },
    heading: (name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor(),
  };
}

const CONTROLS = 'a, button, input, select, textarea, summary';

const focusedName = async (page: Page) => (await controlNames(page, ':focus'))[0] ?? '';

/** The names of the controls of a page in their order. */
const controlNames = (page: Page, state = '') =>
  page.evaluate(
    ([controls, filter]) =>
      [...document.querySelectorAll(`:is(${controls})${filter}`)].map((control) => {
        const label =
          control.getAttribute('aria-label') ?? (control as HTMLInputElement).labels?.[0]?.textContent;
        return (label ?? control.textContent ?? '').trim();
      }),
    [CONTROLS, state],
  );

test('finds why events are late', async () => {
  const { page, tabTo, press, keys, heading } = await atKeyboard(['viewer']);
  const customer = await newCustomer(system().url);
  const { pid = 0 } =
    system()
      .state()
      .children.find(({ name }) => name === 'emotion-processing') ?? {};
  freeze(pid);
  try {
    const ecs = new EcsClient({ baseUrl: system().url, token: customer.token });
    await ecs.emotions.sendBatch(Array.from({ length: 20 }, () => emotionOf(customer.id)));
    await page.getByText('emotion-processing').filter({ hasText: 'does not respond' }).first().waitFor();
    await tabTo(/what to do/i);
    await press('Enter');
    await heading('Failures');
    expect(page.url()).toContain('#');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect(keys()).toBeLessThanOrEqual(20);
}, 60_000);

test('explains a denial', async () => {
  const { page, tabTo, press, keys, heading } = await atKeyboard(['viewer']);
  const customer = await newCustomer(system().url);
  await new EcsClient({ baseUrl: system().url, token: customer.token }).analyses.create(customer.id);
  await tabTo(/^Customers$/);
  await press('Enter');
  await heading('Customers');
  await tabTo(/E-mail, or any id/);
  await page.keyboard.type(customer.email);
  await press('Enter');
  await page.getByText('denied').first().waitFor();
  await tabTo(/^2026-\d\d-\d\d .*UTC$|denied|decision/i);
  await press('Enter');
  await heading(/^Decision/);
  await page.getByText('few transactions').first().waitFor();
  expect(keys()).toBeLessThanOrEqual(25);
}, 60_000);

test('shows a trend to a manager', async () => {
  await storePopulation(system().sql, { BR: 25 });
  const { page, tabTo, press, keys, heading } = await atKeyboard(['viewer']);
  await tabTo(/^Emotions$/);
  await press('Enter');
  await heading('Emotions');
  await page.locator('canvas').first().waitFor();
  await tabTo(/Table and files/);
  await press('Enter');
  await tabTo(/Save PNG/);
  const download = page.waitForEvent('download');
  await press('Enter');
  expect((await download).suggestedFilename()).toEndWith('.png');
  expect(keys()).toBeLessThanOrEqual(35);
}, 60_000);

test('approves a policy', async () => {
  const { token } = await newOperator(system(), ['risk']);
  const { policies } = new EcsOperatorClient({ baseUrl: system().url, token });
  await policies.add({ ...shipped, version: 'strict-1', title: 'Stricter' });
  const { hash } = await policies.backtest('strict-1');
  await policies.recordTest('strict-1', { hash, note: 'no difference', figures: {} });
  await policies.propose('strict-1', 'as agreed');
  const { page, tabTo, press, keys, heading } = await atKeyboard(['approver']);
  await tabTo(/^Policies$/);
  await press('Enter');
  await heading('Policies');
  await tabTo(/^strict-1$/);
  await press('Enter');
  await heading('Policy strict-1');
  await page.getByRole('button', { name: 'Approve' }).waitFor();
  await tabTo(/^Approve$/);
  await press('Enter');
  await tabTo(/^Why/);
  await page.keyboard.type('as agreed');
  await tabTo(/^Approve$/);
  await press('Enter');
  await page.getByText('approved', { exact: true }).first().waitFor();
  expect(keys()).toBeLessThanOrEqual(40);
}, 60_000);

test('repairs 20 poisoned events', async () => {
  const { url, internalKey, sql } = system();
  const userId = crypto.randomUUID();
  for (let index = 0; index < 20; index += 1) {
    await fetch(`${url}/v1/emotions/stream`, json(emotionOf(userId), { 'x-internal-key': internalKey }));
  }
  const { page, tabTo, press, keys, heading } = await atKeyboard(['operator']);
  await page.getByText('dead letters of emotions wait').first().waitFor();
  await tabTo(/dead letters of emotions|^Dead letters$/);
  await press('Enter');
  await heading('Dead letters');
  await tabTo(/unknown_user/);
  await press('Enter');
  await heading('unknown_user of emotions');
  await sql`insert into users (id, email, password_hash) values (${userId}, ${`${userId}@example.com`}, 'x')`;
  await page.reload();
  await page.getByText('would be stored').first().waitFor();
  await tabTo(/Choose those that would be stored/);
  await press('Enter');
  await tabTo(/^Replay 20$/);
  await press('Enter');
  await tabTo(/^Reason/);
  await page.keyboard.type('the customer is registered now');
  await tabTo(/^Replay$/);
  await press('Enter');
  await page.getByText('20 sent to their streams once more.').waitFor();
  await eventually('they are stored', async () => {
    const [row] = await sql`select count(*)::int as count from emotional_events where user_id = ${userId}`;
    return row?.count === 20;
  });
  expect(keys()).toBeLessThanOrEqual(60);
}, 60_000);
