import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../harness/engines.ts';
import { reportOf, RUNNER, runScript } from './harness.ts';

setDefaultTimeout(30_000);

/** Imports over https: at the user's wish, pinned and cached; common libraries have stand-ins. */
let version = 1;
const requested: string[] = [];
const server = Bun.serve({
  port: 0,
  fetch(request) {
    const { pathname } = new URL(request.url);
    requested.push(pathname);
    if (pathname === '/lib/main.js') {
      return new Response(`import { inner } from './deep/inner.js'; import { sleep } from 'k6';
        export const text = inner + ' ${version}' + typeof sleep; export const fail = () => { throw new Error('far'); };`);
    }
    if (pathname === '/lib/deep/inner.js') return new Response(`export const inner = 'inner';`);
    return new Response('none', { status: 404 });
  },
});
afterAll(() => server.stop(true));
const at = (path: string) => `http://127.0.0.1:${server.port}${path}`;

async function run(folder: string, args: string[]) {
  const child = Bun.spawn([process.execPath, RUNNER, 'script.js', '--quiet', ...args], {
    cwd: folder,
    env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') },
    stdout: 'ignore',
    stderr: 'pipe',
  });
  return { stderr: await new Response(child.stderr).text(), code: await child.exited };
}

test('an import over the network needs leave once; then it is pinned and needs no network', async () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'script.js'),
    `// A comment.
     import { text, fail } from '${at('/lib/main.js')}';
     export default function () { console.log('got ' + text); fail(); }`,
  );
  const refused = await run(folder, []);
  expect(refused.code).toBe(104);
  expect(refused.stderr).toContain('script.js:2: cannot import');
  expect(refused.stderr).toContain('--allow-net');
  expect(requested).toEqual([]);

  const first = await run(folder, ['--allow-net']);
  expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('got inner 1function')]);
  expect(first.stderr).toContain('/lib/main.js:2:');
  const lock = join(folder, 'script.js.lock.json');
  expect(Object.keys(JSON.parse(readFileSync(lock, 'utf8')) as object)).toEqual([
    at('/lib/deep/inner.js'),
    at('/lib/main.js'),
  ]);
  requested.length = 0;
  const second = await run(folder, []);
  expect([second.stderr, requested]).toEqual([expect.stringContaining('got inner 1function'), []]);

  version = 2;
  Bun.spawnSync(['rm', '-r', join(folder, 'cache')]);
  const changed = await run(folder, ['--allow-net']);
  expect([changed.code, changed.stderr]).toEqual([107, expect.stringContaining('has changed since')]);
  expect((await run(folder, [])).stderr).toContain('--allow-net');
  writeFileSync(lock, '{ "x": 1 }');
  expect((await run(folder, [])).stderr).toContain('is no list of addresses');
});

test.concurrent('only https is fetched, and what is not there is an error at its line', async () => {
  const plain = await runScript(`import 'http://example.invalid/x.js'; export default function () {}`, {
    args: ['--allow-net'],
  });
  expect([plain.code, plain.stderr]).toEqual([107, expect.stringContaining('only https is fetched')]);
  const missing = await runScript(`import '${at('/none.js')}'; export default function () {}`, {
    args: ['--allow-net'],
  });
  expect([missing.code, missing.stderr]).toEqual([
    107,
    expect.stringContaining('script.js:1: cannot import'),
  ]);
  expect(missing.stderr).toContain('status 404');
  expect(existsSync(join(missing.folder, 'script.js.lock.json'))).toBe(false);
});

test.concurrent('the libraries that most scripts import have stand-ins', async () => {
  const { code, stderr, value, report } = await reportOf(
    `import { check, group } from 'k6';
     import exec from 'k6/execution';
     import * as utils from 'https://jslib.k6.io/k6-utils/1.4.0/index.js';
     import { Httpx, Get, Post } from 'https://jslib.k6.io/httpx/0.1.0/index.js';
     import papaparse from 'https://jslib.k6.io/papaparse/5.1.1/index.js';
     import { URL, URLSearchParams } from 'https://jslib.k6.io/url/1.0.0/index.js';
     import { FormData } from 'https://jslib.k6.io/formdata/0.0.2/index.js';
     import http from 'k6/http';
     const csv = papaparse.parse('name,age\\n"Ada, L.",36\\nbob,"4""0"\\n', { header: true, skipEmptyLines: true }).data;
     export const options = { scenarios: { ramp: {
       executor: 'ramping-vus', startVUs: 1, stages: [{ duration: '1s', target: 1 }, { duration: '5s', target: 2 }] } } };
     export default async function () {
       const t = {};
       const n = Array.from({ length: 50 }, () => utils.randomIntBetween(2, 4));
       t.int = n.every((x) => [2, 3, 4].includes(x)) && new Set(n).size === 3;
       t.item = ['a', 'b'].includes(utils.randomItem(['a', 'b'])) && utils.randomString(8).length === 8;
       t.charset = /^[xy]{5}$/.test(utils.randomString(5, 'xy'));
       const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
       t.uuid = uuid.test(utils.uuidv4()) && uuid.test(utils.uuidv4(true));
       t.between = utils.findBetween('<a>1</a><a>2</a>', '<a>', '</a>') === '1'
         && utils.findBetween('<a>1</a><a>2</a>', '<a>', '</a>', true).join() === '1,2';
       t.stages = utils.normalDistributionStages(10, 60).length === 13 && utils.getCurrentStageIndex() === 0;
       utils.tagWithCurrentStageProfile();
       t.profile = exec.vu.tags.stage_profile === 'steady';
       t.async = await utils.check(Promise.resolve(1), { one: async (x) => x === 1 });
       t.csv = JSON.stringify(csv) === '[{"name":"Ada, L.","age":"36"},{"name":"bob","age":"4\\\\"0"}]';
       t.lists = papaparse.parse('1;x\\n2;', { dynamicTyping: true }).data.flat().join('|') === '1|x|2|';
       t.unparse = papaparse.unparse([{ a: 1, b: 'x,"y"' }]) === 'a,b\\r\\n1,"x,""y"""';
       const session = new Httpx({ baseURL: __ENV.BASE, headers: { 'x-all': 'yes' }, tags: { s: 'x' } });
       session.addHeader('x-more', '1');
       const r = session.post('/post', 'body', { headers: { 'x-own': '2' } });
       t.httpx = r.status === 404 && r.request.headers['X-All'][0] + r.request.headers['X-More'] + r.request.headers['X-Own'] === 'yes12';
       t.batch = session.batch([new Get('/lib/deep/inner.js'), Post('/x', 'y')]).map((x) => x.status).join() === '200,404';
       const form = new FormData();
       form.append('a', '1'); form.append('f', http.file('data', 'f.txt', 'text/plain'));
       t.form = form.boundary.length > 10 && form.body().byteLength > 100;
       t.url = new URL('http://a/b?c=1').searchParams.get('c') === '1' && new URLSearchParams('d=2').get('d') === '2';
       check(t, Object.fromEntries(Object.keys(t).map((name) => [name, () => t[name]])));
       exec.test.abort('done');
     }`,
    { env: { BASE: at('') } },
  );
  expect([code, stderr]).toEqual([
    108,
    expect.stringContaining('k6-utils/1.4.0/index.js: a stand-in is used'),
  ]);
  expect(report.checks.flatMap(({ name, fails }) => (fails > 0 ? name : []))).toEqual([]);
  expect(value('checks', 'passes')).toBeGreaterThan(15);
});

test.concurrent('summaries of the stand-ins have checks, metrics and thresholds', async () => {
  const run = await runScript(
    `import { check, group } from 'k6';
     import { textSummary, jUnit } from 'https://jslib.k6.io/k6-summary/0.1.0/index.js';
     import { htmlReport } from 'https://raw.githubusercontent.com/benc-uk/k6-reporter/main/dist/bundle.js';
     export const options = { thresholds: { iterations: ['count>5'], checks: ['rate<1'] } };
     export default function () { group('inside', () => check(1, { '<ok>': () => true, bad: () => false })); }
     export function handleSummary(data) {
       return { stdout: textSummary(data, { indent: '>', enableColors: false }), 'junit.xml': jUnit(data),
         'report.html': htmlReport(data, { title: 'A & B' }) };
     }`,
  );
  expect(run.code).toBe(99);
  for (const part of [
    '█ inside',
    '✓ <ok>',
    '✗ bad',
    '↳  0% — ✓ 0 / ✗ 1',
    '✗ iterations',
    'avg=',
    '50.00% 1 out of 2',
  ]) {
    expect(run.stdout).toContain(part);
  }
  expect(run.read('junit.xml')).toContain('tests="2" failures="1"');
  expect(run.read('junit.xml')).toContain('<testcase name="iterations - count&#62;5"><failure');
  const page = run.read('report.html');
  expect(page).toContain('A &#38; B');
  expect(page).toContain('&#60;ok&#62;');
});
