import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test';
import { reportOf, runScript } from './harness.ts';
import { startServer } from './server.ts';

setDefaultTimeout(30_000);

/** Nothing that a script does hangs a run, or passes for a success. */
const server = startServer();
afterAll(() => server.stop());
const env = { BASE: server.url };

/** The same code for users that block and for users on the event loop. */
const STYLES = [
  ['workers', `import { sleep } from 'k6'; const pause = async () => sleep(0.02);`],
  ['event loop', `const pause = () => new Promise((resolve) => setTimeout(resolve, 20));`],
] as const;

describe.each(STYLES)('in %s', (style, head) => {
  test.concurrent('test.abort() ends the script at once: no catch sees it, nothing after it has an effect', async () => {
    const run = await runScript(
      `import exec from 'k6/execution';
         import { Counter } from 'k6/metrics';
         ${head}
         const caught = new Counter('caught');
         export const options = { vus: 2, iterations: 50 };
         export default async function () {
           await pause();
           try { exec.test.abort('enough'); } catch (e) { caught.add(1); console.log('caught'); }
           finally { console.log('finally'); }
           console.log('after');
         }`,
      { args: ['--json'] },
    );
    expect(run.code).toBe(108);
    expect(run.stderr).toContain('test aborted: enough');
    expect(run.stderr).not.toMatch(/caught|finally|after/);
    expect(run.report().style).toBe(style);
    expect(run.report().metrics).not.toHaveProperty('caught');
    expect(run.report().metrics).not.toHaveProperty('iterations');
  });

  test.concurrent('an interrupted iteration does not count, and its catch does not keep it running', async () => {
    const { report, stderr, value } = await reportOf(
      `import http from 'k6/http';
         ${head}
         export const options = { scenarios: { a: {
           executor: 'constant-vus', vus: 2, duration: '1s', gracefulStop: '0s' } } };
         const slow = async () => ${style === 'workers' ? 'http.get' : `http.asyncRequest`}(${
           style === 'workers' ? '' : `'GET', `
         }__ENV.BASE + '/slow/30000');
         export default async function () {
           await pause();
           for (;;) { try { await slow(); } catch (e) { console.log('caught'); } }
         }`,
      { env },
    );
    expect(report.style).toBe(style);
    expect(value('iterations')).toBeUndefined();
    expect(stderr).not.toContain('caught');
    // The request alone takes 30 s.
    expect(report.state.testRunDurationMs).toBeLessThan(15_000);
  });

  test.concurrent('an unhandled rejection ends its iteration as an error, and the run goes on', async () => {
    const { code, stderr, value } = await reportOf(
      `${head}
         export const options = { vus: 2, iterations: 4 };
         export default async function () {
           Promise.reject(new Error('nobody waits'));
           await new Promise((resolve) => setTimeout(resolve, 20));
           console.log('went on');
         }`,
    );
    expect([code, value('iterations')]).toEqual([0, 4]);
    expect(stderr.match(/Uncaught \(in promise\) Error: nobody waits/g)).toHaveLength(4);
    expect(stderr).toContain('script.js:4');
    expect(stderr).toContain('every iteration threw an error (4 of 4)');
    expect(stderr).not.toContain('went on');
  });

  test.concurrent('an endless asynchronous loop is interrupted when its time is over', async () => {
    const { code, value, report } = await reportOf(
      `${head}
         export const options = { scenarios: { a: {
           executor: 'constant-vus', vus: 2, duration: '3s', gracefulStop: '0s' } } };
         export default async function () { await pause(); if (__VU === 1 && __ITER > 0) while (true) await 0; }`,
    );
    expect(code).toBe(0);
    expect(report.state.testRunDurationMs).toBeLessThan(15_000);
    if (style === 'workers') expect(value('iterations')).toBeGreaterThan(10);
  }, 30_000);

  test.concurrent('a promise that nothing can settle does not keep its iteration', async () => {
    const { code, value, report } = await reportOf(
      `${head}
         export const options = { vus: 2, iterations: 4 };
         export default async function () { await pause(); await new Promise(() => {}); }`,
    );
    expect([code, value('iterations')]).toEqual([0, 4]);
    // It would wait for ever.
    expect(report.state.testRunDurationMs).toBeLessThan(15_000);
  });

  test.concurrent('an error in a timer is an error of its iteration', async () => {
    const { code, stderr, value } = await reportOf(
      `${head}
         export const options = { iterations: 2 };
         export default async function () {
           setTimeout(() => { throw new Error('late'); }, 5);
           await pause();
         }`,
    );
    expect([code, value('iterations')]).toEqual([0, 2]);
    expect(stderr.match(/Error: late/g)).toHaveLength(2);
  });
});

test('a user whose thread ends is replaced, and the run goes on', async () => {
  const { code, stderr, value } = await reportOf(
    `import { sleep } from 'k6';
       export const options = { vus: 1, iterations: 3 };
       export default function () { sleep(0.01); if (__ITER === 1) Function('return process')().exit(1); }`,
  );
  expect(code).toBe(0);
  expect(value('iterations')).toBe(2);
  expect(stderr).toContain('the thread of the user ended');
});

test('a request without an address fails with a warning, as k6 has it, and is not counted', async () => {
  const { code, stderr, value } = await reportOf(
    `import http from 'k6/http';
       import { check } from 'k6';
       export const options = { iterations: 2 };
       export default function () {
         const responses = [http.get(__ENV.NOT_GIVEN), http.get(null), http.get('http://[::bad')];
         check(responses, { 'are invalid': (list) => list.every((r) => r.status === 0 && r.error_code === 1020) });
         const timeout = http.get(__ENV.BASE + '/x', { timeout: 'abc' });
         const body = http.post(__ENV.BASE + '/x', 5);
         const type = http.get(__ENV.BASE + '/x', { responseType: 'nonsense' });
         check([timeout, body, type], { 'say why': ([a, b, c]) => a.error.includes('timeout')
           && b.error === 'unknown request body type number' && c.error.startsWith('nonsense') });
         let thrown = 0;
         try { http.get(__ENV.NOT_GIVEN, { throw: true }); } catch { thrown += 1; }
         check(thrown, { 'throws when it is told to': (n) => n === 1 });
       }`,
    { env },
  );
  expect([code, value('iterations'), value('http_reqs')]).toEqual([0, 2, undefined]);
  expect(value('checks', 'fails')).toBe(0);
  expect(stderr).toContain('WARN');
  expect(stderr).toContain('invalid URL');
});

test('thresholds on metrics without a sample are judged at the end, as in k6 2', async () => {
  const run = await runScript(
    `import http from 'k6/http';
     import { Counter, Gauge, Rate, Trend } from 'k6/metrics';
     new Counter('accepted'); new Gauge('size'); new Rate('share'); new Trend('duration');
     export const options = { thresholds: {
       accepted: ['count>0'], size: ['value>0'], share: ['rate>0.5'], duration: ['max>0', 'p(95)<500'],
       'http_reqs{kind:accept}': ['count>=1'] } };
     export default function () { http.get(__ENV.BASE + '/x'); }`,
    { env, args: ['--json'] },
  );
  expect(run.code).toBe(99);
  expect(run.stderr).toContain("'accepted, duration, http_reqs{kind:accept}, size' have been crossed");
  expect(run.stderr).toContain("threshold 'rate>0.5' of share was not judged: it has no sample");
});

test('a test whose every iteration threw says so', async () => {
  const failedRun = await runScript(
    `export const options = { iterations: 5 }; export default function () { throw new Error('boom'); }`,
  );
  expect(failedRun.code).toBe(0);
  expect(failedRun.stderr).toMatch(/WARN\[\d+\] every iteration threw an error \(5 of 5\)/);
  const mixedRun = await runScript(
    `export const options = { iterations: 5 }; export default function () { if (__ITER) throw new Error('boom'); }`,
  );
  expect(mixedRun.stderr).not.toContain('every iteration');
});

test('an error names its place from any folder, and a check takes promises but no async function', async () => {
  const { stderr, value } = await reportOf({
    'scripts/deep/script.js': `import { check } from 'k6';
      export const options = { iterations: 3 };
      const CHECKS = [
        { promise: () => Promise.resolve(false), value: Promise.resolve(1) },
        { asynchronous: async () => true },
        { 'a::b': () => true },
      ];
      export default function () { check(1, CHECKS[__ITER]); }`,
  });
  expect([value('checks', 'passes'), value('checks', 'fails')]).toEqual([2, 0]);
  expect(stderr).toContain('does not support async functions');
  expect(stderr).toContain('may not contain "::"');
  expect(stderr).toContain('scripts/deep/script.js:8:');
  expect(stderr).not.toContain('scripts/deep/scripts/deep');
});

test('setup and teardown have the tags of the run', async () => {
  const { value } = await reportOf(
    `import http from 'k6/http';
     export const options = { tags: { team: 'a' }, thresholds: {
       'http_reqs{team:a}': ['count==2'], 'http_reqs{group:::setup}': ['count==1'] } };
     export const setup = () => { http.get(__ENV.BASE + '/x'); };
     export default function () {}
     export const teardown = () => { http.get(__ENV.BASE + '/x'); };`,
    { env },
  );
  expect([value('http_reqs{team:a}'), value('http_reqs{group:::setup}')]).toEqual([2, 1]);
});

test('a metric that only some users declare is counted', async () => {
  const { code, value } = await reportOf(
    `import { Counter } from 'k6/metrics';
     const mine = __VU === 1 ? new Counter('mine') : null;
     export const options = { vus: 2, iterations: 4 };
     export default function () { mine?.add(1); }`,
  );
  expect(code).toBe(0);
  expect(value('mine')).toBeGreaterThan(0);
});

test('a teardown that aborts or hangs leaves the summary to handleSummary', async () => {
  const run = await runScript(
    `import exec from 'k6/execution';
     let changed = 0;
     export const options = { iterations: 1 };
     export default function () {}
     export function teardown() { changed += 1; exec.test.abort('late'); }
     export function handleSummary() { return { stdout: 'changed ' + changed }; }`,
  );
  expect([run.code, run.stdout]).toEqual([108, 'changed 0']);
});
