import { expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../../../tests/harness/engines.ts';
import { canBlock } from './blocking-calls.ts';
import { loadScript } from './script.ts';

async function blocks(text: string, functions = ['default']): Promise<boolean> {
  const file = join(temporaryFolder(), 'script.js');
  writeFileSync(file, text);
  return canBlock(await loadScript(file, { allowNet: false, cacheFolder: temporaryFolder() }), functions);
}

const HTTP = `import http from 'k6/http';`;

test.each([
  [false, `${HTTP} export default async () => { await http.asyncRequest('GET', 'x'); }`],
  [false, `${HTTP} export const setup = () => http.get('x'); export default async () => { http.url\`x\`; }`],
  [
    false,
    `import { sleep, check } from 'k6'; export const teardown = () => sleep(1); export default () => check(1)`,
  ],
  [
    false,
    `import { asyncRequest } from 'k6/http'; export default async () => { await asyncRequest('GET', 'x'); }`,
  ],
  [
    false,
    `import * as http from 'k6/http'; export default async () => { await http.asyncRequest('GET', 'x'); }`,
  ],
  [true, `${HTTP} export default async () => { http.get('x'); }`],
  [true, `${HTTP} const h = http; export default async () => { await h.asyncRequest('GET', 'x'); }`],
  [true, `${HTTP} export default async () => { http['g' + 'et']('x'); }`],
  [true, `${HTTP} const { post } = http; export default async () => { post('x'); }`],
  [true, `import * as http from 'k6/http'; export default async () => { http.post('x'); }`],
  [true, `import { sleep as nap } from 'k6'; const f = () => nap(1); export default async () => { f(); }`],
  [true, `import * as k6 from 'k6'; export default async () => { k6.sleep(1); }`],
  [true, `import k6 from 'k6'; export default async () => { k6.sleep(1); }`],
  [true, `const { sleep } = require('k6'); export default async () => { sleep(1); }`],
  [true, `const http = require('k6/http'); export default async () => { http.get('x'); }`],
])('%p: whether these users can block: %s', async (expected, text) => {
  expect(await blocks(text)).toBe(expected);
});

test('only the functions that the scenarios run are searched', async () => {
  const text = `${HTTP} export async function a() { await http.asyncRequest('GET', 'x'); }
    export async function b() { http.get('x'); }`;
  expect([await blocks(text, ['a']), await blocks(text, ['b']), await blocks(text, ['a', 'b'])]).toEqual([
    false,
    true,
    true,
  ]);
});
