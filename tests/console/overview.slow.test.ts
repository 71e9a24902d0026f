import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser } from 'playwright-core';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole } from '../harness/console.ts';
import { freeze } from '../harness/freeze.ts';
import { newOperator } from '../harness/operators.ts';
import { bearer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';
import { startWebhookReceiver } from '../harness/webhook-receiver.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';

const system = useSystem({ split: true, variables: { WEBHOOK_ALLOW_NETWORKS: '127.0.0.1' } });
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
}, 60_000);
afterAll(() => browser.close());

const pidOf = (service: string) =>
  system()
    .state()
    .children.find(({ name }) => name === service)?.pid ?? 0;

test('one look says that all is well, and the figures are live', async () => {
  const { page, refused, errors, open } = await openConsole(browser, system(), ['viewer']);
  await open('/overview', 'Overview');
  await page.getByRole('heading', { name: 'All is well' }).waitFor();
  const loaded = await page.evaluate(() =>
    performance
      .getEntries()
      .filter((entry) => entry instanceof PerformanceResourceTiming)
      .map(({ name, encodedBodySize }) => ({ path: new URL(name).pathname, encodedBodySize })),
  );
  const files = loaded.filter(({ path }) => !path.startsWith('/console/api/'));
  expect(files.length).toBeLessThanOrEqual(12);
  expect(files.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)).toBeLessThan(120_000);
  // The stream of the flow is no entry before it ends.
  expect(loaded.length - files.length).toBe(0);
  expect(await inspectPage(page, 'overview')).toEqual([]);
  const customer = await newCustomer(system().url);
  for (let index = 0; index < 20; index += 1) {
    await fetch(`${system().url}/v1/emotions/stream`, json(emotionOf(customer.id), bearer(customer)));
  }
  const stored = page.getByRole('link', {
    name: /^emotion-processing to emotional_events (\d\d|[1-9]|0\.[1-9])/,
  });
  await stored.waitFor();
  await stored.click();
  expect(new URL(page.url()).hash).toBe('#emotions.table');
  expect([refused, errors]).toEqual([[], []]);
}, 60_000);

test('a frozen worker is a fault at once, whose link leads to its row of the failure modes', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open('/overview', 'Overview');
  const pid = pidOf('emotion-processing');
  freeze(pid);
  try {
    await page.getByRole('heading', { name: /fault/ }).waitFor();
    await page.getByText(/emotion-processing at \S+ does not respond/).waitFor();
    expect(await inspectPage(page, 'overview-fault')).toEqual([]);
    await page.getByRole('link', { name: 'what to do' }).first().click();
    await page.getByRole('heading', { name: 'A process dies (killed, out of memory, a bug)' }).waitFor();
    expect(new URL(page.url()).hash).toBe('#a-process-dies-killed-out-of-memory-a-bug');
    const isTarget = await page.evaluate(() => document.querySelector(location.hash)?.tagName);
    expect(isTarget).toBe('H3');
    expect(await inspectPage(page, 'failure-modes')).toEqual([]);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await page.goBack();
  await page.getByRole('heading', { name: 'All is well' }).waitFor();
}, 60_000);

test('a gateway that is down is said, and the page recovers by itself', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open('/overview', 'Overview');
  await page.getByRole('heading', { name: 'All is well' }).waitFor();
  const pid = pidOf('back-office');
  freeze(pid);
  try {
    await page.locator('[aria-busy=true]').waitFor();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await page.locator('[aria-busy=false]').waitFor();
}, 60_000);

test('a receiver of webhooks that fails is a warning, whose link leads to its deliveries', async () => {
  const { token } = await newOperator(system(), ['operator']);
  const { webhooks } = new EcsOperatorClient({ baseUrl: system().url, token });
  const receiver = startWebhookReceiver();
  receiver.respond = () => new Response('<b>out of order</b>', { status: 500 });
  const { webhook_id: id, url } = await webhooks.add({
    url: `${receiver.url}/hooks`,
    event_types: ['limit.activated'],
  });
  try {
    // A test has one attempt each; five failures in a row make an endpoint failing.
    for (let count = 0; count < 5; count += 1) await webhooks.test(id);
    const { page, refused, errors, open } = await openConsole(browser, system(), ['operator']);
    await open('/overview', 'Overview');
    await page.getByRole('link', { name: /^webhooks to partner endpoints .*attempts, warning$/ }).waitFor();
    expect(await inspectPage(page, 'overview-webhooks')).toEqual([]);
    await page
      .getByRole('link', { name: /^1 endpoint of webhooks is failing/ })
      .first()
      .click();
    await page.getByRole('heading', { level: 1, name: 'Webhooks' }).waitFor();
    await page.getByRole('cell', { name: /^failing/ }).waitFor();
    expect(await inspectPage(page, 'webhooks')).toEqual([]);
    await page.getByRole('link', { name: url }).click();
    await page.getByRole('heading', { level: 1, name: `Endpoint ${id.slice(0, 8)}` }).waitFor();
    await page.getByText('given up').nth(5).waitFor();
    await page.locator('td summary').first().click();
    await page.getByText(/: status 500 after/).waitFor();
    await page.getByText('<b>out of order</b>').waitFor();
    expect(await inspectPage(page, 'webhook')).toEqual([]);
    await page.getByLabel('State').selectOption('delivered');
    await page.getByText('None of 30 days is').waitFor();
    expect([refused, errors]).toEqual([[], []]);
  } finally {
    await webhooks.remove(id);
    await receiver.stop();
  }
}, 60_000);
