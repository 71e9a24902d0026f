import { afterAll, beforeAll, expect, test } from 'bun:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { keepRunReport } from '../../load-tests/runner/output/run-report.ts';
import { EcsOperatorClient } from '../../sdk/operators/client.ts';
import type { RunReport } from '../../sdk/operators/index.ts';
import { createCli } from '../cli/harness.ts';
import { openBrowser } from '../harness/browser.ts';
import { inspectPage, openConsole } from '../harness/console.ts';
import { newOperator } from '../harness/operators.ts';
import { useSystem } from '../harness/system.ts';

const system = useSystem({ split: false });
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
}, 60_000);
afterAll(() => browser.close());

const folder = () => join(system().dataDir, 'reports');

test('a run of `ecs load` is kept, and listed to operators; other files are named', async () => {
  const { page, open } = await openConsole(browser, system(), ['viewer']);
  await open('/reports', 'Load runs and drills');
  await page.getByText('No run is kept yet.').waitFor();
  expect(await inspectPage(page, 'reports-empty')).toEqual([]);
  const script = join(system().dataDir, 'smoke.js');
  const text = [
    "import http from 'k6/http';",
    'export const options = { vus: 1, iterations: 3, thresholds: { http_reqs: ["count>100"] } };',
    'export default () => http.get(`${__ENV.BASE_URL}/livez`);',
  ];
  writeFileSync(script, text.join('\n'));
  const { ecs } = createCli({ args: ['--data-dir', system().dataDir] });
  expect((await ecs(['load', 'run', script])).code).toBe(99);
  mkdirSync(folder(), { recursive: true });
  writeFileSync(join(folder(), 'other.json'), '{}');
  const { token } = await newOperator(system(), ['viewer']);
  const api = new EcsOperatorClient({ baseUrl: system().url, token });
  const { is_kept: isKept, items, unreadable } = await api.system.reports();
  expect({ isKept, unreadable }).toEqual({ isKept: true, unreadable: ['other.json'] });
  expect(items).toMatchObject([
    { kind: 'load', name: 'smoke', passed: false, faults: ['http_reqs: count>100'] },
  ]);
  const requests = items[0]?.figures.find(({ name }) => name === 'http_reqs count');
  expect(requests).toEqual({ name: 'http_reqs count', unit: '', value: 3 });
}, 60_000);

test('runs are laid side by side, with the difference from the first', async () => {
  const runOf = (hour: number, p95: number, changes: Partial<RunReport> = {}): RunReport => ({
    kind: 'load',
    name: 'mixed-day',
    finished_at: `2026-11-28T${hour}:00:00.000Z`,
    seconds: 60,
    passed: true,
    faults: [],
    figures: [
      { name: 'http_req_duration p(95)', unit: 'ms', value: p95 },
      { name: 'http_reqs rate', unit: '/s', value: 812.4 },
    ],
    ...changes,
  });
  keepRunReport(folder(), runOf(10, 20));
  keepRunReport(folder(), runOf(11, 25));
  const figures = [{ name: 'recoverMs', unit: 'ms', value: 412 }];
  keepRunReport(folder(), runOf(12, 0, { kind: 'drill', name: 'kill-storm', figures }));
  const { page, refused, errors, open } = await openConsole(browser, system(), ['viewer']);
  await open('/reports', 'Load runs and drills');
  await page.getByLabel('Compare mixed-day of 2026-11-28 10:00:00 UTC').check();
  await page.getByLabel('Compare mixed-day of 2026-11-28 11:00:00 UTC').check();
  await page.getByText('25 (+25.0 %)').waitFor();
  expect(await inspectPage(page, 'reports')).toEqual([]);
  await page.getByLabel('Drills').check();
  await page.getByRole('cell', { name: 'kill-storm', exact: true }).waitFor();
  expect([refused, errors]).toEqual([[], []]);
}, 60_000);
