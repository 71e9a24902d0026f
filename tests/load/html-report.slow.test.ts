import { afterAll, expect, test } from 'bun:test';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openBrowser, openPage } from '../harness/browser.ts';
import { temporaryFolder } from '../harness/engines.ts';
import { runScript } from './harness.ts';
import { startServer } from './server.ts';

/** The report of a run as its reader sees it: in a browser that reaches no network. */
const server = startServer();
afterAll(() => server.stop());
const START_MS = 180_000;

const SCRIPT = `
  import http from 'k6/http';
  import { check, sleep } from 'k6';
  export const options = {
    vus: 2, duration: '3s',
    thresholds: { http_reqs: ['count>1'], http_req_duration: ['p(95)<0.001'] },
  };
  export default function () {
    check(http.get('${server.url}/page'), { 'is <b>bold</b>': (response) => response.status === 200 });
    sleep(0.05);
  }`;

test(
  'the report stands alone: it draws every chart, requests nothing and fits its window',
  async () => {
    const html = join(temporaryFolder(), 'report.html');
    await runScript(SCRIPT, { args: ['--html', html] });
    const browser = await openBrowser();
    try {
      const url = pathToFileURL(html).href;
      const { page, refused, errors } = await openPage(browser, url, url);
      const charts = await page.locator('figure svg').all();
      expect(await page.locator('figcaption').allTextContents()).toEqual([
        expect.stringContaining('Rate'),
        expect.stringContaining('Latency'),
        expect.stringContaining('Errors'),
        expect.stringContaining('Users'),
      ]);
      for (const chart of charts) {
        expect((await chart.boundingBox())?.width).toBeGreaterThan(600);
        expect(await chart.locator('path, polyline').count()).toBeGreaterThan(0);
      }
      // Names from a script are text, never markup.
      expect(await page.getByText('is <b>bold</b>').count()).toBe(1);
      expect(await page.getByText('✗ crossed').count()).toBe(1);
      expect(await page.getByText('✓ holds').count()).toBe(1);
      for (const width of [1280, 400]) {
        await page.setViewportSize({ width, height: 800 });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      }
      expect({ refused, errors }).toEqual({ refused: [], errors: [] });
    } finally {
      await browser.close();
    }
  },
  START_MS,
);
