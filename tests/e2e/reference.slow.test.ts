import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_SERVER } from '../../apps/gateway/docs/openapi.ts';
import { ROOT } from '../../apps/gateway/docs/write.ts';
import { openBrowser, openPage } from '../harness/browser.ts';
import { inspectPage } from '../harness/console.ts';
import { useSystem } from '../harness/system.ts';

const START_MS = 180_000;

describe('the reference of the API', () => {
  const system = useSystem({ split: false });

  test.each(['openapi.json', 'asyncapi.json'])(
    '/%s is the document in docs/api, and is sent once',
    async (name) => {
      const first = await fetch(`${system().url}/${name}`);
      const file = readFileSync(join(ROOT, 'docs', 'api', name), 'utf8');
      const expected = JSON.parse(file.replace(LOCAL_SERVER, system().url)) as object;
      expect(await first.json()).toEqual(expected);
      const etag = first.headers.get('etag') ?? '';
      const again = await fetch(`${system().url}/${name}`, { headers: { 'if-none-match': etag } });
      expect({ status: again.status, body: await again.text() }).toEqual({ status: 304, body: '' });
    },
  );

  test('/ leads to the guide', async () => {
    const response = await fetch(`${system().url}/`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location')]).toEqual([302, '/docs']);
  });

  test(
    'is readable in light and dark, at a desk and on a phone, and reaches nothing else',
    async () => {
      const { url } = system();
      const browser = await openBrowser();
      try {
        for (const path of ['/docs', '/docs/endpoints', '/docs/operators', '/docs/events']) {
          const { page, refused, errors } = await openPage(browser, `${url}${path}`, `${url}/`);
          expect(await inspectPage(page, path)).toEqual([]);
          const anchors = await page
            .locator('.contents a')
            .evaluateAll(
              (links) =>
                links.filter((link) => !document.querySelector(link.getAttribute('href') ?? '')).length,
            );
          expect({ anchors, refused, errors }).toEqual({ anchors: 0, refused: [], errors: [] });
          await page.close();
        }
      } finally {
        await browser.close();
      }
    },
    START_MS,
  );

  test(
    '/docs/try works in a browser without any other network: an endpoint is found, tried, and returns',
    async () => {
      const { url } = system();
      const browser = await openBrowser();
      try {
        const { page, refused, errors } = await openPage(browser, `${url}/docs/try`, `${url}/`);
        const register = page.locator('#operations-auth-register');
        await page.locator('.opblock').nth(14).waitFor();
        expect(await inspectPage(page, 'docs-try')).toEqual([]);
        await register.getByRole('button').first().click();
        await register
          .locator('textarea')
          .fill(JSON.stringify({ email: `${crypto.randomUUID()}@example.com`, password: 'long enough' }));
        await register.getByRole('button', { name: 'Execute' }).click();
        const live = register.locator('.live-responses-table .response');
        await live.waitFor();
        expect(await live.locator('.response-col_status').textContent()).toContain('200');
        expect(await inspectPage(page, 'docs-try-open')).toEqual([]);
        expect(await page.locator('.opblock').count()).toBeGreaterThanOrEqual(15);
        expect(await page.title()).toBe('Empathic Credit System: try the API');
        expect({ refused, errors }).toEqual({ refused: [], errors: [] });
      } finally {
        await browser.close();
      }
    },
    START_MS,
  );
});
