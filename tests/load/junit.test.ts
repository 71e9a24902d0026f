import { expect, test } from 'bun:test';
import { runScript } from './harness.ts';

/** The outcome of a run for CI: JUnit's XML, and a run that shows nothing is no success. */
const SCRIPT = `
  import { check, group } from 'k6'; import { Counter } from 'k6/metrics';
  const accepted = new Counter('done');
  export const options = { iterations: 2, thresholds: { done: ['count>1', 'count>9'], checks: ['rate>0'] } };
  export default function () {
    accepted.add(1);
    group('g', () => check(null, { 'is <b> & "q" \\u0007\\uffff': () => true, 'at times': () => __ITER === 0 }));
  }`;

test.concurrent('--summary-format junit prints a test case a threshold, a check and the run', async () => {
  const { code, stdout } = await runScript(SCRIPT, { args: ['--summary-format', 'junit'] });
  expect(code).toBe(99);
  expect(stdout).toContain(
    '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="script.js" tests="6" failures="3"',
  );
  expect(stdout).toContain('<testcase classname="thresholds" name="done: count&gt;1"/>');
  expect(stdout).toMatch(/name="done: count&gt;9">\s*<failure message="crossed: count=2 rate=/);
  expect(stdout).toContain('name="g &gt; is &lt;b&gt; &amp; &quot;q&quot;   "/>');
  expect(stdout).toMatch(/name="g &gt; at times">\s*<failure message="1 of 2 failed"/);
  expect(stdout).toMatch(/classname="run" name="exit code">\s*<failure message="exit code 99"/);
  const refused = await runScript(SCRIPT, { args: ['--summary-format', 'junit', '--json'] });
  expect([refused.code, refused.stderr]).toEqual([104, expect.stringContaining('exclude each other')]);
});

test.concurrent.each([
  ['blocked', `import { sleep } from 'k6'; export default function () { try { sleep(9); } catch {} }`],
  [
    'awaiting',
    `export default async function () { await new Promise((resolve) => setTimeout(resolve, 9000)); }`,
  ],
])('a run none of whose iterations finished fails, %s', async (_, script) => {
  const options = `export const options = { scenarios: { s: {
    executor: 'constant-vus', vus: 2, duration: '1s', gracefulStop: '0s' } } };`;
  const { code, stderr } = await runScript(`${script} ${options}`);
  expect([code, stderr]).toEqual([110, expect.stringContaining('no iteration finished')]);
});
