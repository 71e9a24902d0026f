import { expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createMetricStore } from '../../load-tests/runner/metrics/metric-store.ts';
import { readOptions } from '../../load-tests/runner/options/options.ts';
import { exportOf, summarize } from '../../load-tests/runner/metrics/summary.ts';
import { summaryText } from '../../load-tests/runner/output/summary-text.ts';
import { runScript } from './harness.ts';

/**
 * The layout is k6's to the letter: these lines were compared with the output of k6 1.8 for the same values.
 */
const options = readOptions({
  thresholds: {
    http_req_duration: ['p(95)<500', 'avg<2'],
    'http_req_duration{kind:steady}': ['max<1000'],
    checks: ['rate>0.5'],
    orders: ['count<100', 'rate>5'],
  },
});

function filledStore() {
  const store = createMetricStore(
    [
      { name: 'orders', type: 'counter', contains: 'default' },
      { name: 'last_size', type: 'gauge', contains: 'default' },
      { name: 'plain', type: 'trend', contains: 'default' },
    ],
    options,
  );
  const add = (metric: string, values: number[], tags: Record<string, string> = {}) => {
    for (const value of values) store.add({ metric, value, tags: { group: '', ...tags } });
  };
  add('http_req_duration', [1, 2, 3, 4], { kind: 'steady', expected_response: 'true' });
  add('http_req_duration', [0.25, 1500], { expected_response: 'false' });
  add('http_reqs', [1, 1, 1, 1, 1, 1]);
  add('http_req_failed', [0, 0, 0, 0, 1, 1]);
  add('iteration_duration', [101.5, 60_500]);
  add('iterations', [1, 1]);
  add('orders', [3, 3, 6]);
  add('last_size', [1, 2]);
  add('plain', [10.5, 42]);
  add('data_received', [1400]);
  add('data_sent', [9]);
  add('checks', [1, 1, 1], { check: 'is fine' });
  add('checks', [1, 0], { check: 'is fast', group: '::front' });
  store.judgeAtEnd(2000);
  return store;
}

const GOLDEN = `
  █ THRESHOLDS 

    checks
    ✓ 'rate>0.5' rate=80.00%

    http_req_duration
    ✗ 'p(95)<500' p(95)=1.12s
    ✗ 'avg<2' avg=251.7ms

      {kind:steady}
      ✓ 'max<1000' max=4ms

    orders
    ✓ 'count<100' count=12
    ✓ 'rate>5' rate=6/s


  █ TOTAL RESULTS 

    checks_total.......: 5      2.5/s
    checks_succeeded...: 80.00% 4 out of 5
    checks_failed......: 20.00% 1 out of 5

    ✓ is fine
    ✗ is fast
      ↳  50% — ✓ 1 / ✗ 1

    CUSTOM
    last_size......................: 2      min=1      max=2
    orders.........................: 12     6/s
    plain..........................: avg=26.25   min=10.5    med=26.25 max=42   p(90)=38.85  p(95)=40.425

    HTTP
    http_req_duration..............: avg=251.7ms min=250µs   med=2.5ms max=1.5s p(90)=752ms  p(95)=1.12s 
      { expected_response:true }...: avg=2.5ms   min=1ms     med=2.5ms max=4ms  p(90)=3.7ms  p(95)=3.84ms
      { kind:steady }..............: avg=2.5ms   min=1ms     med=2.5ms max=4ms  p(90)=3.7ms  p(95)=3.84ms
    http_req_failed................: 33.33% 2 out of 6
    http_reqs......................: 6      3/s

    EXECUTION
    iteration_duration.............: avg=30.3s   min=101.5ms med=30.3s max=1m0s p(90)=54.46s p(95)=57.48s
    iterations.....................: 2      1/s

    NETWORK
    data_received..................: 1.4 kB 700 B/s
    data_sent......................: 9 B    4.5 B/s


`;

test('the end summary has the layout of k6', () => {
  const store = filledStore();
  const data = summarize({ store, options, noColor: true, elapsedMs: 2000, setupData: undefined });
  expect(summaryText(data, store)).toBe(GOLDEN);
});

test('handleSummary gets the data of k6 and decides the output and the files', async () => {
  const run = await runScript(
    `import { check, group } from 'k6';
     import { Rate } from 'k6/metrics';
     const own = new Rate('own');
     export const options = { iterations: 3, thresholds: { own: ['rate==1', 'rate<0.5'] } };
     export const setup = () => ({ a: [1] });
     export default function () { own.add(true); group('g', () => check(1, { one: (n) => n === 1 })); }
     export function handleSummary(data) {
       return { stdout: 'printed\\n', 'out.json': JSON.stringify(data) };
     }`,
    { args: ['--summary-export', 'export.json'] },
  );
  expect([run.code, run.stdout]).toEqual([99, 'printed\n']);
  const data = JSON.parse(run.read('out.json')) as ReturnType<typeof summarize>;
  expect(data.metrics.own).toEqual({
    type: 'rate',
    contains: 'default',
    values: { rate: 1, passes: 3, fails: 0 },
    thresholds: { 'rate==1': { ok: true }, 'rate<0.5': { ok: false } },
  });
  expect(data.root_group).toEqual({
    name: '',
    path: '',
    id: 'd41d8cd98f00b204e9800998ecf8427e',
    checks: [],
    groups: [
      {
        name: 'g',
        path: '::g',
        id: Bun.MD5.hash('::g', 'hex'),
        groups: [],
        checks: [{ name: 'one', path: '::g::one', id: Bun.MD5.hash('::g::one', 'hex'), passes: 3, fails: 0 }],
      },
    ],
  });
  expect(data.setup_data).toEqual({ a: [1] });
  expect(Object.keys(data.options)).toEqual(['summaryTrendStats', 'summaryTimeUnit', 'noColor']);
  expect(Object.keys(data.metrics.iteration_duration?.values ?? {})).toEqual(data.options.summaryTrendStats);
  const exported = JSON.parse(run.read('export.json')) as { metrics: Record<string, unknown> };
  expect(exported.metrics.own).toEqual({
    passes: 3,
    fails: 0,
    value: 1,
    thresholds: { 'rate==1': false, 'rate<0.5': true },
  });
});

test('--summary-export is flat, its groups and checks by name', () => {
  const store = filledStore();
  const data = summarize({ store, options, noColor: true, elapsedMs: 2000, setupData: '{"x":1}' });
  expect(exportOf(data)).toMatchObject({
    setup_data: { x: 1 },
    root_group: {
      groups: { front: { checks: { 'is fast': { passes: 1, fails: 1 } } } },
      checks: { 'is fine': { passes: 3, fails: 0 } },
    },
    metrics: {
      orders: { count: 12, rate: 6, thresholds: { 'count<100': false, 'rate>5': false } },
      last_size: { value: 2, min: 1, max: 2 },
      http_req_failed: { value: 2 / 6, passes: 2, fails: 4 },
    },
  });
});

test('handleSummary writes bytes as they are, and a content that is neither text nor bytes is refused', async () => {
  const script = (content: string) =>
    `export default function () {} export function handleSummary() { return { 'report.bin': ${content} }; }`;
  const bytes = await runScript(script('new Uint8Array([0, 255, 254]).buffer'));
  expect(readFileSync(join(bytes.folder, 'report.bin'))).toEqual(Buffer.from([0, 255, 254]));
  const refused = await runScript(script('{ figures: 1 }'));
  expect(refused.stderr).toContain('report.bin is of type object, and must be a text or an ArrayBuffer');
  expect(refused.stdout).toContain('TOTAL RESULTS');
  expect(existsSync(join(refused.folder, 'report.bin'))).toBe(false);
});

test('the data of the summary say whether it has colors, by the variables of the process', async () => {
  const script = `export default function () {}
    export function handleSummary({ options }) { return { stdout: String(options.noColor) }; }`;
  const noColor = async (variables: Record<string, string>, args: string[] = []) => {
    const inherited = { ...variables, ...(variables.NO_COLOR === undefined && { NO_COLOR: undefined }) };
    return (await runScript(script, { args, variables: inherited })).stdout;
  };
  expect(await noColor({})).toBe('false');
  expect(await noColor({ K6_NO_COLOR: 'true' })).toBe('true');
  expect(await noColor({ NO_COLOR: '1' }, ['--include-system-env-vars=false'])).toBe('true');
});

test('a file that cannot be written is named before the test begins', async () => {
  const script = `export default function () { console.log('began'); }`;
  const file = import.meta.path;
  const folder = 'it is a folder: name a file, as';
  const absent = 'there is no folder /none: make it, or name another file';
  const inFile = `there is no folder ${file}: make it, or name another file`;
  for (const [args, variables, flag, reason] of [
    [['--summary-export', '/none/x.json'], {}, '--summary-export', absent],
    [['--html', '.'], {}, '--html', folder],
    [['--out', 'csv=/none-yet/'], {}, '--out', `${folder} /none-yet/out`],
    [['--out', 'json=/none/x.json'], {}, '--out', absent],
    [['--out', `csv=${file}/x.csv`], {}, '--out', inFile],
    [['--html', `${file}/x.html`], {}, '--html', inFile],
    [[], { K6_OUT: 'csv=/none/x.csv' }, '--out', absent],
    [[], { K6_SUMMARY_EXPORT: '/none/x.json' }, '--summary-export', absent],
  ] as const) {
    const { code, stderr } = await runScript(script, { args: [...args], variables });
    expect([code, stderr]).toEqual([104, expect.stringContaining(`ERRO ${flag}: could not write`)]);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain('began');
  }
});
