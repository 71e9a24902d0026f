import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import shipped from '../../underwriting/policies/v1.json';
import { openBrowser } from '../harness/browser.ts';
import { openConsole } from '../harness/console.ts';
import { newOperator } from '../harness/operators.ts';
import { COMPLETE_DAYS, storePopulation } from '../harness/population.ts';
import { newReview } from '../harness/reviews.ts';
import { useSystem } from '../harness/system.ts';

/** Pages with texts of any kind, on paper, on 320 pixels, and with the reader's own spacing and colors. */
const system = useSystem({ split: false });
let browser: Browser;
let reviewId: string;
let analysisId: string;
const LONG_VERSION = 'v'.repeat(63);
const STATEMENT = [
  'My salary came late.',
  '<b>Not bold</b> a\u202Eevil\u202C ad\u200Bmin',
  'راتبي جاء متأخراً 12',
  'Donaudampfschifffahrtsgesellschaft'.repeat(8),
].join('\n');

beforeAll(async () => {
  browser = await openBrowser();
  const { url, sql } = system();
  reviewId = await newReview(url, STATEMENT);
  const { token } = await newOperator(system());
  const api = new EcsOperatorClient({ baseUrl: url, token });
  ({ analysis_id: analysisId } = await api.reviews.get(reviewId));
  await api.policies.add({ ...shipped, version: LONG_VERSION, title: 'w'.repeat(200) });
  const hooks = `https://1.1.1.1/${'hooks'.repeat(40)}`;
  await api.webhooks.add({ url: hooks, event_types: ['limit.closed'], description: 'd'.repeat(200) });
  await storePopulation(sql, { BR: 25 });
}, 60_000);
afterAll(() => browser.close());

test('texts of people show what is not seen in them, keep their lines, and are no HTML', async () => {
  const { page, open } = await openConsole(browser, system(), ['operator']);
  await open(`/reviews/${reviewId}`, `Review ${reviewId.slice(0, 8)}`);
  const statement = page.locator('dd').filter({ hasText: 'My salary' });
  const lines = (await statement.innerText()).split('\n');
  expect(lines.slice(0, 3)).toEqual([
    'My salary came late.',
    '<b>Not bold</b> a[U+202E]evil[U+202C] ad[U+200B]min',
    'راتبي جاء متأخراً 12',
  ]);
  expect(await statement.locator('b').count()).toBe(0);
  await open('/webhooks', 'Webhooks');
  const address = page.getByRole('table').getByRole('link').locator('bdi');
  expect(await address.evaluate((text) => getComputedStyle(text).textDecorationLine)).toBe('underline');
  await open(`/dead-letters/emotions/${encodeURIComponent('x\u202Ey')}`, 'x[U+202E]y of emotions');
  expect(await page.title()).toBe('Dead letters: x[U+202E]y of emotions · ECS console');
}, 60_000);

test('a printed decision is whole: ids, record and text; by whom and when; and nothing to be clicked', async () => {
  const { page, account, open } = await openConsole(browser, system(), ['viewer']);
  await page.emulateMedia({ colorScheme: 'dark' });
  await open(`/decisions/${analysisId}`, `Decision ${analysisId.slice(0, 8)}`);
  await page.getByRole('heading', { name: 'The way through the policy' }).waitFor();
  await page.getByText('The decision would be the same.').waitFor();
  expect((await page.pdf()).byteLength).toBeGreaterThan(10_000);
  await page.emulateMedia({ media: 'print' });
  const text = await page.locator('body').innerText();
  expect(text).toContain(`Decision ${analysisId}`);
  expect(text).toContain('"salt"');
  expect(text).toContain('The application was DENIED.');
  expect(text).toMatch(
    new RegExp(`ECS console, http.*/decisions/${analysisId}: printed by ${account.name}, \\S+ \\S+ UTC`),
  );
  for (const unprinted of ['Overview', 'Sign out', 'What if', 'Decide again', 'Supposed']) {
    expect([unprinted, text.includes(unprinted)]).toEqual([unprinted, false]);
  }
  // Paper is white beside a dark screen, too.
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe(
    'rgb(255, 255, 255)',
  );
  expect(await page.evaluate(() => document.documentElement.className)).toBe('');
  // No heading of a form that shows nothing yet.
  await open('/policies/v1', 'Policy v1');
  await page.getByText('Steps of this version').waitFor();
  expect(await page.locator('main').innerText()).not.toContain('Difference from another version');
}, 60_000);

test('plots are printed on the width of the paper, in the colors of paper', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await page.emulateMedia({ colorScheme: 'dark' });
  await open('/credit', 'Credit');
  await page.locator('canvas').first().waitFor();
  const during = await page.evaluate(() => {
    dispatchEvent(new Event('beforeprint'));
    const color = getComputedStyle(document.documentElement).getPropertyValue('--text').trim();
    dispatchEvent(new Event('afterprint'));
    return [color, getComputedStyle(document.documentElement).getPropertyValue('--text').trim()];
  });
  expect(during).toEqual(['#1b2530', '#e6ebf0']);
  await page.setViewportSize({ width: 700, height: 900 });
  await page.emulateMedia({ media: 'print' });
  expect(await widthOf(page)).toBeLessThanOrEqual(700);
  const [first] = await page
    .getByRole('table', { name: /Credit limits/ })
    .getByRole('row')
    .allInnerTexts();
  expect(first).toContain('its Monday (UTC)');
  // A week of another year is another week.
  await page
    .getByRole('cell', { name: new RegExp(`^${COMPLETE_DAYS.to.slice(0, 4)}-`) })
    .first()
    .waitFor();
}, 60_000);

const widthOf = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth);

/** As a reader may set it (WCAG 1.4.12); constructed, since the content policy takes no style of others. */
const space = (page: Page) =>
  page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
      word-spacing: 0.16em !important } p { margin-bottom: 2em !important }`);
    document.adoptedStyleSheets = [sheet];
  });

test('every page fits 320 pixels, also with wider letters, words and lines', async () => {
  const { page, open } = await openConsole(browser, system(), ['operator', 'risk', 'approver', 'auditor']);
  await page.setViewportSize({ width: 320, height: 640 });
  const pages: [path: string, heading: string, shown: string][] = [
    ['/overview', 'Overview', 'Processes'],
    ['/customers', 'Customers', 'E-mail, or any id'],
    ['/decisions', 'Decisions', 'Decisions, newest first'],
    [`/decisions/${analysisId}`, 'Decision', 'Supposed reasons'],
    ['/policies', 'Policies', 'Policies, newest first'],
    [`/policies/${LONG_VERSION}`, 'Policy', 'History'],
    ['/reviews', 'Reviews', 'Proposed by'],
    [`/reviews/${reviewId}`, 'Review', 'What was known'],
    ['/webhooks', 'Webhooks', 'Endpoints, the most waiting first'],
    ['/audit', 'Audit', 'Newest first'],
    ['/emotions', 'Emotions', 'By jurisdiction'],
    ['/credit', 'Credit', 'Effect of emotions'],
  ];
  const wide: [string, number][] = [];
  for (const [path, heading, shown] of pages) {
    await open(path, heading);
    await page.getByText(shown).first().waitFor();
    if ((await widthOf(page)) > 320) wide.push([path, await widthOf(page)]);
    await space(page);
    if ((await widthOf(page)) > 320) wide.push([`${path}, spaced`, await widthOf(page)]);
  }
  expect(wide).toEqual([]);
}, 60_000);

test('the texts of drawings are read on a phone: 11 pixels high, within their drawing, not over each other', async () => {
  const { page, open } = await openConsole(browser, system(), ['risk']);
  const faults: string[] = [];
  for (const width of [320, 390, 768]) {
    await page.setViewportSize({ width, height: 844 });
    for (const [path, heading, shown] of [
      ['/emotions', 'Emotions', 'By jurisdiction'],
      ['/credit', 'Credit', 'Effect of emotions'],
    ] as const) {
      await open(path, heading);
      await page.getByText(shown).first().waitFor();
      await page.locator('.drawing svg text').first().waitFor();
      const found = await page.locator('.drawing svg').evaluateAll(faultsOfTexts);
      faults.push(...found.map((fault) => `${path} at ${width}: ${fault}`));
    }
  }
  expect(faults).toEqual([]);
}, 60_000);

/** Runs in the page. */
function faultsOfTexts(drawings: Element[]): string[] {
  return drawings.flatMap((drawing) => {
    const frame = drawing.getBoundingClientRect();
    const scale = frame.width / (drawing as SVGSVGElement).viewBox.baseVal.width;
    const texts = [...drawing.querySelectorAll('text')];
    return texts.flatMap((text, index) => {
      const box = text.getBoundingClientRect();
      const px = Number.parseFloat(getComputedStyle(text).fontSize) * scale;
      const isOver = (other: Element) => {
        const next = other.getBoundingClientRect();
        const isBeside = next.left >= box.right || next.right <= box.left;
        // Lines share the room above and below their letters.
        return !isBeside && Math.abs(next.bottom - box.bottom) < px;
      };
      const over = texts.slice(index + 1).find(isOver);
      return [
        ...(px < 10.9 ? [`${text.textContent} is ${px.toFixed(1)} px`] : []),
        ...(box.left < frame.left - 1 || box.right > frame.right + 1 ? [`${text.textContent} is cut`] : []),
        ...(over ? [`${text.textContent} is over ${over.textContent}`] : []),
      ];
    });
  });
}

test("the page of the moment is marked in the navigation with the system's own colors, too", async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await page.emulateMedia({ forcedColors: 'active' });
  await open('/decisions', 'Decisions');
  const outlineOf = (name: string) =>
    page
      .getByRole('navigation')
      .getByRole('link', { name, exact: true })
      .evaluate((link) => [getComputedStyle(link).outlineStyle, getComputedStyle(link).outlineColor]);
  const [style, color] = await outlineOf('Decisions');
  expect([style, color]).toEqual(['solid', expect.not.stringContaining(', 0)')]);
  expect((await outlineOf('Policies'))[0]).toBe('none');
}, 60_000);

test("a plot's legend keeps the colors of its lines with the system's own colors", async () => {
  const { page, open } = await openConsole(browser, system(), ['risk']);
  const colors = async () => {
    await open('/emotions', 'Emotions');
    await page.locator('.u-marker').first().waitFor();
    return page
      .locator('.u-marker')
      .evaluateAll((markers) => new Set(markers.map((marker) => getComputedStyle(marker).borderColor)).size);
  };
  const seen = await colors();
  await page.emulateMedia({ forcedColors: 'active' });
  expect([seen > 1, await colors()]).toEqual([true, seen]);
}, 60_000);

test('a link leads the reader into a page that is named, also where there is none', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open('/decisions', 'Decisions');
  await page.getByRole('link', { name: 'Policies' }).click();
  await page.getByRole('heading', { level: 1, name: 'Policies' }).waitFor();
  const main = page.getByRole('main', { name: 'Policies' });
  expect(await main.evaluate((element) => element === document.activeElement)).toBe(true);
  await open('/nowhere', 'There is no such page');
  expect(await page.title()).toBe('There is no such page · ECS console');
}, 60_000);
