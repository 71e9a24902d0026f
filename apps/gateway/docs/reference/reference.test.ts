import { expect, test } from 'bun:test';
import { ENDPOINT_LIST, type EndpointName } from '../../../../sdk/contracts/endpoints.ts';
import { PROBLEMS } from '../../../../sdk/contracts/problems.ts';
import { EcsClient } from '../../../../sdk/index.ts';
import { TOPICS } from '../../../../platform/messaging/topics.ts';
import { html, prose } from './html.ts';
import { createReference } from './pages.ts';
import { SDK_CALLS } from './samples.ts';

const pages = createReference('0.0.0');
const textOf = (path: string) => pages[path]?.(new Request(`http://localhost${path}`)).text() ?? '';

test('the reference has every endpoint, code and subject, and no script', async () => {
  const endpoints = (await textOf('/docs/endpoints')) + (await textOf('/docs/operators'));
  for (const [name] of ENDPOINT_LIST) expect(endpoints).toContain(`<h3 id="${name}">`);
  const guide = await textOf('/docs');
  for (const word of Object.keys(PROBLEMS)) expect(guide).toContain(`id="${word}"`);
  const subjects = await textOf('/docs/events');
  for (const { subject } of Object.values(TOPICS)) expect(subjects).toContain(subject);
  for (const text of [endpoints, guide, subjects]) {
    expect(text).not.toMatch(/<script|undefined|\[object/);
  }
});

test('every id of a page is there once', async () => {
  for (const path of ['/docs', '/docs/endpoints', '/docs/operators', '/docs/events']) {
    const ids = [...(await textOf(path)).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect([path, ids.length]).toEqual([path, new Set(ids).size]);
  }
});

test('samples of the SDK call methods that there are', () => {
  const ecs = new EcsClient({ baseUrl: 'http://localhost' }) as unknown as Record<
    string,
    Record<string, unknown>
  >;
  for (const name of Object.keys(SDK_CALLS) as EndpointName[]) {
    for (const [, resource = '', method = ''] of (SDK_CALLS[name] ?? '').matchAll(/\becs\.(\w+)\.(\w+)\(/g)) {
      expect([name, resource, method, typeof ecs[resource]?.[method]]).toEqual([
        name,
        resource,
        method,
        'function',
      ]);
    }
  }
});

test('values are escaped in pages', () => {
  expect(html`<p>${'<b>&"'}</p>`.text).toBe('<p>&lt;b&gt;&amp;&quot;</p>');
  expect(prose('`a<b` [x](/docs) [y](javascript:1)').text).toBe(
    '<code>a&lt;b</code> <a href="/docs">x</a> [y](javascript:1)',
  );
});
