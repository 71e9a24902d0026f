import { afterAll, expect, test } from 'bun:test';
import { reportOf } from './harness.ts';
import { startServer } from './server.ts';

/** The report matches the requests that the server received; blocking and awaiting scripts agree. */
const server = startServer();
afterAll(() => server.stop());
const env = { BASE: server.url };

const OPTIONS = `export const options = { vus: 4, iterations: 40, thresholds: {
  'http_req_duration{kind:first}': ['max<60000'], 'lucky{odd:yes}': ['count==20'], checks: ['rate==0.75'] } };`;

const HEAD = `
import http from 'k6/http';
import { check, group, sleep } from 'k6';
import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
import { SharedArray } from 'k6/data';
import exec from 'k6/execution';
const names = new SharedArray('names', () => JSON.parse(open('./data/names.json')));
const lucky = new Counter('lucky'), trend = new Trend('own_trend', true);
const rate = new Rate('own_rate'), gauge = new Gauge('own_gauge');
${OPTIONS}
const firstBody = (data) => JSON.stringify({ name: names[__ITER % 2], data });
const firstParams = { headers: { 'Content-Type': 'application/json' }, tags: { kind: 'first' } };
const firstChecks = { 'status is 200': (r) => r.status === 200, 'has the data': (r) => r.json('body').includes('GET') };
const secondChecks = { 'is 404': (r) => r.status === 404, 'is never': (r) => r.status === 1 };
let iterations = 0;
const addToMetrics = () => {
  lucky.add(1, { odd: exec.scenario.iterationInTest % 2 ? 'yes' : 'no' });
  trend.add(exec.scenario.iterationInTest);
  rate.add(iterations === __ITER + 1);
  gauge.add(iterations);
};
export function setup() { return { from: 'setup', token: http.get(__ENV.BASE + '/setup').json('method') }; }
export function teardown(data) { http.get(__ENV.BASE + '/teardown-' + data.from); }`;

const SYNC = `${HEAD}
export default function (data) {
  iterations += 1;
  group('outer', () => {
    check(http.post(__ENV.BASE + '/first', firstBody(data), firstParams), firstChecks);
    group('inner', () => check(http.get(__ENV.BASE + '/status/404'), secondChecks));
  });
  addToMetrics();
  sleep(0.01);
}`;

const ASYNC = `${HEAD}
export default async function (data) {
  iterations += 1;
  check(await http.asyncRequest('POST', __ENV.BASE + '/first', firstBody(data), firstParams), firstChecks);
  check(await http.asyncRequest('GET', __ENV.BASE + '/status/404'), secondChecks);
  addToMetrics();
  await new Promise((resolve) => setTimeout(resolve, 10));
}`;

const data = { 'data/names.json': JSON.stringify(['ada', 'bruno']) };

test.each([
  ['workers', SYNC],
  ['event loop', ASYNC],
] as const)('a script for %s counts what the server counts', async (style, script) => {
  const before = server.count();
  const { code, value, report, stderr } = await reportOf({ 'script.js': script, ...data }, { env });
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(report.style).toBe(style);
  expect(server.count() - before).toBe(82);
  expect(value('http_reqs')).toBe(82);
  expect(value('iterations')).toBe(40);
  expect([value('checks', 'passes'), value('checks', 'fails')]).toEqual([120, 40]);
  expect([value('http_req_failed', 'passes'), value('http_req_failed', 'fails')]).toEqual([40, 42]);
  expect([value('lucky'), value('lucky{odd:yes}')]).toEqual([40, 20]);
  // Each iteration of the test has a number: 0 to 39.
  expect([value('own_trend', 'min'), value('own_trend', 'avg'), value('own_trend', 'max')]).toEqual([
    0, 19.5, 39,
  ]);
  // Each user has its variables, also on a shared event loop.
  expect(value('own_rate', 'rate')).toBe(1);
  expect(report.setup_data).toEqual({ from: 'setup', token: 'GET' });
  expect(report.checks.map(({ name, passes, fails }) => [name, passes, fails])).toEqual([
    ['status is 200', 40, 0],
    ['has the data', 40, 0],
    ['is 404', 40, 0],
    ['is never', 0, 40],
  ]);
  const outer = report.root_group.groups.find(({ name }) => name === 'outer');
  // Groups are for blocking code: k6 takes no async function.
  expect(outer?.groups.map(({ path }) => path) ?? []).toEqual(style === 'workers' ? ['::outer::inner'] : []);
});

test('an async function that blocks nevertheless runs in workers, and its users overlap', async () => {
  const { report, value } = await reportOf(
    `import { sleep } from 'k6';
     export const options = { vus: 5, iterations: 5 };
     const wait = (seconds) => sleep(seconds);
     export default async function () { await 1; wait(1.5); }`,
  );
  expect(report.style).toBe('workers');
  expect(value('iterations')).toBe(5);
  expect(report.state.testRunDurationMs).toBeLessThan(5 * 1500);
});

test('an iteration lasts until all its requests have ended', async () => {
  const { value } = await reportOf(
    `import http from 'k6/http';
     export const options = { vus: 2, iterations: 4 };
     export default function () {
       http.asyncRequest('GET', __ENV.BASE + '/slow/120');
       setTimeout(() => {}, 80);
     }`,
    { env },
  );
  expect([value('http_reqs'), value('iterations')]).toEqual([4, 4]);
  expect(value('iteration_duration', 'min')).toBeGreaterThanOrEqual(115);
});

test('TypeScript runs, with its types and imports of other files', async () => {
  const { code, value } = await reportOf({
    'script.ts': `import { check } from 'k6';
      import { twice } from './lib/twice.ts';
      interface Data { n: number }
      export const setup = (): Data => ({ n: 21 });
      export default function ({ n }: Data): void { check(n, { 'is 42': (n: number) => twice(n) === 42 }); }`,
    'lib/twice.ts': 'export const twice = (n: number): number => 2 * n;',
  });
  expect([code, value('checks', 'rate')]).toEqual([0, 1]);
});
