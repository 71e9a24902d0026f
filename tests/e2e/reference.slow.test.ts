import { describe, expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCAL_SERVER } from '../../apps/gateway/docs/openapi.ts';
import { ROOT } from '../../apps/gateway/docs/write.ts';
import { openBrowser, openPage } from '../harness/browser.ts';
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

  test(
    '/docs works in a browser without any other network: an endpoint is found, tried, and returns',
    async () => {
      const { url } = system();
      const browser = await openBrowser();
      try {
        const { page, refused, errors } = await openPage(browser, `${url}/docs`, `${url}/`);
        const register = page.locator('#operations-auth-register');
        await register.getByRole('button').first().click();
        await register
          .locator('textarea')
          .fill(JSON.stringify({ email: `${crypto.randomUUID()}@example.com`, password: 'long enough' }));
        await register.getByRole('button', { name: 'Execute' }).click();
        const live = register.locator('.live-responses-table .response');
        await live.waitFor();
        expect(await live.locator('.response-col_status').textContent()).toContain('200');
        expect(await page.locator('.opblock').count()).toBeGreaterThanOrEqual(15);
        expect(await page.title()).toBe('Empathic Credit System: API');
        expect({ refused, errors }).toEqual({ refused: [], errors: [] });
      } finally {
        await browser.close();
      }
    },
    START_MS,
  );
});
