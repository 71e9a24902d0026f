import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { EcsClient } from '../../sdk/index.ts';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole } from '../harness/console.ts';
import { eventually } from '../harness/engines.ts';
import { type Customer, emotionOf, newCustomer, useSystem } from '../harness/system.ts';

const DAY_MS = 86_400_000;
const system = useSystem({ split: false });
let browser: Browser;
let customer: Customer;
let offerId = '';

beforeAll(async () => {
  browser = await openBrowser();
  const { url } = system();
  customer = await newCustomer(url);
  const ecs = new EcsClient({ baseUrl: url, token: customer.token });
  const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
  const days = Array.from({ length: 60 }, (_, day) => day);
  await ecs.transactions.sendBatch(
    days.map((day) => ({ userId: customer.id, amount: 40 + ((day * 37) % 90), occurredAt: daysAgo(day) })),
  );
  await ecs.emotions.sendBatch(
    days.map((day) => {
      const metrics = { positivity: Math.sin(day / 9) * 0.6, intensity: 0.5, stress_level: (day % 7) / 10 };
      const emotionEvent = { type: 'calm', metrics };
      return emotionOf(customer.id, { timestamp: daysAgo(day), emotionEvent });
    }),
  );
  await ecs.consents.give(customer.id, 'emotion_scoring', '2026-11');
  await eventually('an offer is made', async () => {
    offerId = (await ecs.analyses.create(customer.id)).offer?.offer_id ?? '';
    return offerId !== '';
  });
  await ecs.offers.accept(offerId).waitUntilActive();
}, 60_000);
afterAll(() => browser.close());

test('an operator finds a customer by an id of an offer, and sees the days', async () => {
  const { page, refused, errors, open } = await openConsole(browser, system(), ['operator']);
  await open('/customers', 'Customers');
  expect(await inspectPage(page, 'customers')).toEqual([]);
  await page.getByLabel('E-mail, or any id').fill('nobody@example.com');
  await page.keyboard.press('Enter');
  await page.getByText('No customer has this e-mail.').waitFor();
  await page.getByLabel('E-mail, or any id').fill(offerId);
  await page.keyboard.press('Enter');
  await page.getByText(customer.email, { exact: true }).waitFor();
  await page.getByRole('img', { name: /^Spending/ }).waitFor();
  await page.getByText(/notification 1 of the user/).waitFor();
  expect(await inspectPage(page, 'customer')).toEqual([]);
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByText(/^user registered/).waitFor();
  expect([refused, errors.filter((text) => !text.includes('404'))]).toEqual([[], []]);
}, 60_000);

test('a viewer sees decisions, offers and timeline, and neither feelings nor amounts', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open(`/customers/${customer.id}`, 'Customer');
  await page.getByText('Feelings and amounts are for the roles operator and risk.').waitFor();
  await page
    .getByRole('region', { name: 'Offers, the newest first' })
    .getByText('active', { exact: true })
    .waitFor();
  await page.getByText(/notification 1 of the user/).waitFor();
  const text = await page.locator('main').innerText();
  expect(text).not.toMatch(/positivity|stress_level/);
  await open(`/customers/${crypto.randomUUID()}`, 'Customer');
  await page.getByText('Could not load the customer.').waitFor();
}, 60_000);
