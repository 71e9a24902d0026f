import { afterAll, expect, test } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reportOf } from './harness.ts';
import { startServer } from './server.ts';

/** A pipeline of runs: the points that one writes with `--out json` become the users of the next. */
const server = startServer();
afterAll(() => server.stop());

interface Point {
  type: string;
  metric: string;
  data: { time: string; value: number; tags: Record<string, string> };
}

test('registrations, written by --out json, become the users and sessions of later runs', async () => {
  const register = await reportOf(
    `import http from 'k6/http'; import { Counter } from 'k6/metrics'; import exec from 'k6/execution';
     const registered = new Counter('registered');
     export const options = { vus: 2, iterations: 6 };
     export default function () {
       const email = 'user' + exec.scenario.iterationInTest + '@example.com';
       if (http.post(__ENV.U + '/echo', JSON.stringify({ email })).status === 200) registered.add(1, { email });
     }`,
    { args: ['--out', 'json=all.json'], env: { U: server.url } },
  );
  const lines = readFileSync(join(register.folder, 'all.json'), 'utf8').trimEnd().split('\n');
  const points = lines.map((line) => JSON.parse(line) as Point).filter(({ type }) => type === 'Point');
  const users = points.filter(({ metric }) => metric === 'registered').map(({ data }) => data.tags.email);
  expect(new Set(users)).toEqual(
    new Set(Array.from({ length: 6 }, (_, index) => `user${index}@example.com`)),
  );
  expect(users).toHaveLength(6);
  expect(points.every(({ data }) => !Number.isNaN(Date.parse(data.time)))).toBe(true);

  const file = join(register.folder, 'users.json');
  writeFileSync(file, JSON.stringify(users));
  const sessions = await reportOf(
    `import http from 'k6/http'; import { SharedArray } from 'k6/data'; import { check } from 'k6';
     const users = new SharedArray('users', () => JSON.parse(open(__ENV.FILE)));
     export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 3, iterations: 2 } } };
     export default function () {
       http.get(__ENV.U + '/login?email=' + users[(__VU - 1) * 2 + __ITER]);
       const { cookie } = http.get(__ENV.U + '/echo').json('headers');
       check(cookie, { 'has a session': (text) => text === 'session=abc' });
     }`,
    { env: { U: server.url, FILE: file } },
  );
  expect([sessions.code, sessions.value('checks', 'passes'), sessions.value('http_reqs')]).toEqual([
    0, 6, 12,
  ]);
});
