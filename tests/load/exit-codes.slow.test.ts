import { afterAll, describe, expect, test } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, temporaryFolder } from '../harness/engines.ts';
import { RUNNER, runScript } from './harness.ts';
import { startServer } from './server.ts';

/** A run ends with k6's numbers, and says why and where. */
const server = startServer();
afterAll(() => server.stop());
const NOTHING = 'export default function () {}';

describe('a run ends with', () => {
  test.concurrent.each([
    [0, 'an iteration that throws', `export default function () { throw new Error('boom'); }`, 'script.js:1'],
    [
      99,
      'a threshold crossed',
      `export const options = { thresholds: { iterations: ['count>5'] } }; ${NOTHING}`,
      'have been crossed',
    ],
    [104, 'an unknown option', `export const options = { vuss: 1 }; ${NOTHING}`, 'unknown field "vuss"'],
    [
      107,
      'a metric with a name that k6 rejects',
      `import { Counter } from 'k6/metrics'; new Counter('c'); ${NOTHING}`,
      "Invalid metric name: 'c'",
    ],
    [
      104,
      'a threshold of no metric',
      `export const options = { thresholds: { nope: ['rate>1'] } }; ${NOTHING}`,
      'no metric name "nope"',
    ],
    [
      104,
      'a function that is not there',
      `export const options = { scenarios: { a: { executor: 'per-vu-iterations', exec: 'x' } } }; ${NOTHING}`,
      "function 'x' not found",
    ],
    [104, 'no default function', `export function setup() {}`, "function 'default' not found"],
    [255, 'no function at all', `export default 42;`, 'no exported functions in script'],
    [107, 'init code that throws', `const x = 1;\nthrow new Error('boom'); ${NOTHING}`, 'script.js:2'],
    [107, 'a setup that throws', `export function setup() { throw new Error('boom'); } ${NOTHING}`, 'setup'],
    [
      107,
      'a request in the init code',
      `import http from 'k6/http'; http.get('http://x'); ${NOTHING}`,
      'in the init context',
    ],
    [
      107,
      'an unknown import',
      `import http from 'k6/http';\nimport _ from 'lodash';\nexport default () => _(http);`,
      'script.js:2: cannot import "lodash"',
    ],
    [
      104,
      'an import from the network',
      `// first\nimport x from 'https://example.com/x.js';\nexport default x;`,
      'script.js:2: cannot import "https:',
    ],
    [
      104,
      'a k6 module that is not offered',
      `import grpc from 'k6/net/grpc'; export default () => grpc;`,
      'cannot import "k6/net/grpc"',
    ],
    [107, 'a script that cannot be parsed', `export default function ( {`, 'script.js:1'],
    [
      108,
      'test.abort()',
      `import exec from 'k6/execution'; export default function () { exec.test.abort('enough'); }`,
      'enough',
    ],
    [
      110,
      'test.fail()',
      `import exec from 'k6/execution'; export default function () { exec.test.fail('bad'); }`,
      'bad',
    ],
  ] as const)('%i for %s', async (code, _, script, message) => {
    const run = await runScript(script);
    expect(run.stderr).toContain(message);
    expect(run.code).toBe(code);
  });
});

test('a threshold with abortOnFail ends the test early; teardown and summary follow', async () => {
  const run = await runScript(
    `import http from 'k6/http';
     import { sleep } from 'k6';
     export const options = { vus: 2, duration: '60s', thresholds: {
       http_req_failed: [{ threshold: 'rate<0.5', abortOnFail: true }] } };
     export default function () { http.get('${server.url}/status/500'); sleep(0.1); }
     export function teardown() { http.get('${server.url}/after'); }`,
  );
  expect(run.code).toBe(99);
  expect(server.count('/after')).toBe(1);
  expect(run.stdout).toContain("✗ 'rate<0.5' rate=");
});

test("the options of the command line take the place of the script's", async () => {
  const run = await runScript(`export const options = { vus: 1, duration: '60s' }; ${NOTHING}`, {
    args: ['--iterations', '7', '--vus', '2', '--json'],
  });
  expect(run.report().metrics.iterations?.values.count).toBe(7);
});

test('Ctrl-C ends the test with 105; teardown and summary follow', async () => {
  const folder = temporaryFolder();
  writeFileSync(
    join(folder, 'script.js'),
    `import http from 'k6/http';
     import { sleep } from 'k6';
     export const options = { vus: 2, duration: '60s' };
     export default function () { http.get('${server.url}/present'); sleep(30); }
     export function teardown() { http.get('${server.url}/interrupted'); }`,
  );
  const child = Bun.spawn([process.execPath, RUNNER, 'script.js', '--quiet'], {
    cwd: folder,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
  });
  await eventually('the users are at work', () => server.count('/present') === 2);
  child.kill('SIGINT');
  expect(await child.exited).toBe(105);
  expect(server.count('/interrupted')).toBe(1);
  expect(await new Response(child.stdout).text()).toContain('http_reqs');
});
