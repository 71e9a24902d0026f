import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { reportOf, runScript } from './harness.ts';
import { startServer } from './server.ts';

setDefaultTimeout(30_000);

/** Each user has the script for itself, as a strict module; only what k6 shares is shared. */
const server = startServer();
afterAll(() => server.stop());
const env = { BASE: server.url };

test.concurrent('scripts are strict: an undeclared name is an error, not a global', async () => {
  const module = await runScript(
    `export const options = { iterations: 2 };
     export default function () { undeclared = 5; }`,
  );
  expect(module.stderr.match(/ReferenceError/g)).toHaveLength(2);
  const required = await runScript(
    `module.exports.default = function () { undeclared = 5; console.log(typeof this); };`,
  );
  expect(required.stderr).toContain('ReferenceError');
});

test.concurrent('globals are a user’s own, also in asynchronous scripts', async () => {
  const { stderr, report } = await reportOf(
    `import exec from 'k6/execution';
     export const options = { vus: 3, iterations: 9 };
     export default async function () {
       globalThis.count = (globalThis.count ?? 0) + 1;
       await new Promise((resolve) => setTimeout(resolve, 5));
       if (count !== exec.vu.iterationInInstance + 1) console.error('shared: ' + count);
     }`,
  );
  expect(report.style).toBe('workers');
  expect(stderr).not.toContain('shared');
});

test.concurrent('setup, teardown and handleSummary each have a script of their own', async () => {
  const run = await runScript(
    `let calls = 0;
     export function setup() { calls += 1; globalThis.mark = 1; return { calls }; }
     export default function (data) { calls += 1; }
     export function teardown(data) { calls += 1; console.log('teardown ' + calls + data.calls + typeof mark); }
     export function handleSummary() { calls += 1; return { stdout: 'summary ' + calls }; }`,
  );
  expect(run.stdout).toBe('summary 1');
  expect(run.stderr).toContain('teardown 11undefined');
});

test.concurrent('a SharedArray is an array that nobody can change', async () => {
  const { stderr, value } = await reportOf(
    `import { SharedArray } from 'k6/data';
     import { check } from 'k6';
     let made = 0;
     const rows = new SharedArray('rows', () => { made += 1; return [{ n: 1, list: [1] }, 'zwei ä', null, [4]]; });
     const none = new SharedArray('none', () => []);
     export const options = { vus: 2, iterations: 2 };
     const fails = (work) => { try { work(); return false; } catch (e) { return e instanceof TypeError; } };
     export default function () {
       const t = {
         made: made === 0, length: rows.length === 4 && none.length === 0, isArray: Array.isArray(rows),
         values: rows[0].n === 1 && rows[1] === 'zwei ä' && rows[2] === null && rows[9] === undefined,
         methods: rows.map((x) => typeof x).join() === 'object,string,object,object' && rows.indexOf('zwei ä') === 1,
         iterates: [...rows].length === 4 && Object.keys(rows).join() === '0,1,2,3' && rows.at(-1)[0] === 4,
         json: JSON.stringify(rows) === '[{"n":1,"list":[1]},"zwei ä",null,[4]]',
         write: fails(() => { rows[0] = 1; }), push: fails(() => rows.push(1)), sort: fails(() => rows.sort()),
         deep: fails(() => { rows[0].n = 2; }) && fails(() => rows[0].list.push(1)), copy: rows.slice(1).length === 3,
       };
       check(t, Object.fromEntries(Object.keys(t).map((name) => [name, () => t[name]])));
     }`,
  );
  expect([value('checks', 'fails'), stderr]).toEqual([0, '']);
});

test.concurrent('users share the memory of a SharedArray', async () => {
  const script = `import { SharedArray } from 'k6/data';
    const rows = new SharedArray('rows', () =>
      Array.from({ length: 200000 }, (_, id) => ({ id, text: 'x'.repeat(100) })));
    export const options = { scenarios: { a: {
      executor: 'per-vu-iterations', vus: Number(__ENV.USERS), iterations: 1 } } };
    export default function () { if (rows[rows.length - 1].id !== 199999) throw new Error('wrong row'); }
    export function teardown() {
      console.log('rss ' + Math.round(Function('return process')().memoryUsage().rss / 1e6));
    }`;
  const megabytes = async (users: number) => {
    const { stderr } = await runScript(script, { env: { USERS: String(users) } });
    return Number(/rss (\d+)/.exec(stderr)?.[1]);
  };
  // The rows are 23 MB of JSON: a copy for each of 10 more users would be far more than this.
  expect((await megabytes(12)) - (await megabytes(2))).toBeLessThan(115);
}, 30_000);

test.concurrent('a script may await at its top, in workers and on the event loop', async () => {
  const files = (head: string, body: string) => ({
    'script.js': `import { value } from './lib/later.js'; ${head}
      const more = await Promise.resolve(1);
      export const options = { vus: 2, iterations: 2, tags: { value: String(value + more) } };
      export function setup() { return value; }
      export default ${body}`,
    'lib/later.js': `export const value = await new Promise((resolve) => setTimeout(() => resolve(41), 10));
      export default value;`,
  });
  const blocking = await reportOf(
    files(
      `import { sleep, check } from 'k6';`,
      `function (data) { sleep(0.01); console.log('got', value + more, data); }`,
    ),
  );
  expect(blocking.stderr.match(/got 42 41/g)).toHaveLength(2);
  const async = await reportOf(
    files('', `async function (data) { console.log('got', value + more, data); }`),
  );
  expect(async.stderr.match(/got 42 41/g)).toHaveLength(2);
  expect(async.report.style).toBe('event loop');
  const rejected = await runScript(`await Promise.reject(new Error('no')); export default function () {}`);
  expect([rejected.code, rejected.stderr]).toEqual([107, expect.stringContaining('Error: no')]);
  const never = await runScript(`await new Promise(() => {}); export default function () {}`);
  expect([never.code, never.stderr]).toEqual([107, expect.stringContaining('nothing can settle')]);
});

test.concurrent('an iteration waits for web cryptography, in workers and on the event loop', async () => {
  const body = `async function () {
    const bytes = new Uint8Array(3_000_000);
    const key = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
    const sign = await crypto.subtle.sign('HMAC', key, bytes);
    console.log('signed', sign.byteLength, (await crypto.subtle.digest('SHA-512', bytes)).byteLength);
  }`;
  const options = `export const options = { vus: 2, iterations: 4 };`;
  for (const head of ['', `import { sleep } from 'k6'; const unused = () => globalThis;`]) {
    const { stderr, value } = await reportOf(`${head} ${options} export default ${body}`);
    expect([value('iterations'), stderr.match(/signed 32 64/g)?.length]).toEqual([4, 4]);
  }
});

test.concurrent('open and import.meta begin at the module that uses them', async () => {
  const { code, stderr } = await reportOf({
    'tests/script.js': `import { text, read } from '../lib/reader.js';
      const own = open('./own.txt');
      const resolved = open(import.meta.resolve('./own.txt'));
      const bytes = open('own.txt', 'b').byteLength;
      export default function () {
        console.log([own, resolved, bytes, text, read].join());
        console.log(import.meta.url.split('/').slice(-2).join('/'), import.meta.resolve('k6:x'));
        try { open('./own.txt'); } catch (e) { console.log(e.message); }
      }`,
    'tests/own.txt': 'own',
    'lib/reader.js': `const load = (file) => { const text = open(file); return text; };
      export const text = open('./in-lib.txt');
      export const read = load('data/deep.txt');`,
    'lib/in-lib.txt': 'lib',
    'lib/data/deep.txt': 'deep',
  });
  expect(code).toBe(0);
  expect(stderr).toContain('own,own,3,lib,deep');
  expect(stderr).toContain('tests/script.js k6:x');
  expect(stderr).toContain('only available in the init stage');
  const missing = await runScript(`const x = open('./none.txt'); export default function () {}`);
  expect([missing.code, missing.stderr]).toEqual([107, expect.stringContaining('none.txt')]);
});

test.concurrent('console writes values as k6 does', async () => {
  const run = await runScript(
    `export default function () {
       const ring = { name: 'ring' }; ring.self = ring; ring.list = [ring];
       const twice = { n: 1 };
       console.log(ring); console.log({ f() {}, twice, again: twice }); console.log(() => 1, new TypeError('bad'));
       console.log('text', 1, null, undefined, [1, undefined], new Uint8Array([1, 2]), new Uint8Array([1]).buffer);
       console.assert(true, 'never'); console.assert(false, 'said');
     }`,
    { env },
  );
  expect(
    run.stderr
      .replaceAll(/^\w+\[\d+\] /gm, '')
      .trim()
      .split('\n'),
  ).toEqual([
    '{"name":"ring","self":"[Circular]","list":["[Circular]"]}',
    '{"f":"[object Function]","twice":{"n":1},"again":{"n":1}}',
    '[object Function] TypeError: bad',
    'text 1 null undefined [1,null] Uint8Array(2) [ 1, 2 ] ArrayBuffer { [Uint8Contents]: <01>, byteLength: 1 }',
    'Assertion failed: said',
  ]);
});
