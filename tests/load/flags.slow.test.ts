import { afterAll, expect, setDefaultTimeout, test } from 'bun:test';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { temporaryFolder } from '../harness/engines.ts';
import { reportOf, runScript } from './harness.ts';
import { startServer } from './server.ts';

setDefaultTimeout(30_000);

/** Flags, variables and the configuration file mean what they mean to k6, or are refused by name. */
const server = startServer();
afterAll(() => server.stop());
const env = { BASE: server.url };
const GET = `import http from 'k6/http'; export default function () { http.get(__ENV.BASE + '/x'); }`;
const ECS = join(import.meta.dir, '..', '..', 'ecs');

test.concurrent('flags go before variables, variables before the script, the script before the file', async () => {
  const files = (options: string) => ({
    'script.js': `export const options = { ${options} }; export default function () {}`,
    'k6.json': JSON.stringify({ iterations: 2, vus: 2, summaryTrendStats: ['avg'] }),
  });
  const args = ['--config', 'k6.json'];
  const iterationsOf = async (options: string, variables = {}, flags: string[] = []) => {
    const { value, report } = await reportOf(files(options), { args: [...args, ...flags], variables });
    return [value('iterations'), Object.keys(report.metrics.iteration_duration?.values ?? {})];
  };
  expect(await iterationsOf('')).toEqual([2, ['avg']]);
  expect(await iterationsOf('iterations: 3')).toEqual([3, ['avg']]);
  expect(await iterationsOf('iterations: 3', { K6_ITERATIONS: '4' })).toEqual([4, ['avg']]);
  const flags = ['-i', '5', '--summary-trend-stats', 'med,p(99)'];
  expect(await iterationsOf('iterations: 3', { K6_ITERATIONS: '4' }, flags)).toEqual([5, ['med', 'p(99)']]);
});

test.concurrent('variables K6_* set options', async () => {
  const variables = {
    K6_VUS: '2',
    K6_ITERATIONS: '8',
    K6_TAGS: 'team:a,url_base:http://x',
    K6_NO_SETUP: 'true',
    K6_USER_AGENT: 'mine/1',
    K6_THROW: 'false',
    K6_BLOCK_HOSTNAMES: 'a.example,*.b.example',
    K6_HOSTS: 'shop.example:127.0.0.1',
    K6_NO_USAGE_REPORT: 'true',
  };
  const { value, stderr } = await reportOf(
    `import http from 'k6/http'; import exec from 'k6/execution';
     export const options = { thresholds: { 'iterations{team:a}': ['count==8'] } };
     export function setup() { throw new Error('not run'); }
     export default function () {
       const agent = http.get('http://shop.example:' + __ENV.BASE.split(':')[2] + '/x').json('headers.user-agent');
       console.log(agent, http.get('http://c.b.example').error_code, exec.vu.tags.url_base);
     }`,
    { env, variables },
  );
  expect(value('iterations{team:a}')).toBe(8);
  expect(stderr).toContain('mine/1 1111 http://x');
  const stages = await runScript(`export default function () {}`, { variables: { K6_STAGES: '1s:2,1s:0' } });
  expect(stages.stdout).toContain('iterations');
  expect(stages.code).toBe(0);
});

test.concurrent.each([
  [['--paused'], {}, 'paused'],
  [['--out', 'influxdb=http://x'], {}, '--out influxdb is not offered'],
  [['--summary-mode', 'full'], {}, '--summary-mode full is not offered'],
  [['--config', 'none.json'], {}, 'there is no file none.json'],
  [['--stage', '10s'], {}, '--stage takes TIME:USERS'],
  [['--tag', 'a'], {}, '--tag takes NAME=VALUE'],
  [['--dns', 'select=best'], {}, 'dns.select'],
  [['second.js'], {}, 'second.js is a second'],
  [[], { K6_OUT: 'cloud' }, '--out cloud is not offered'],
  [[], { K6_PAUSED: 'true' }, 'K6_PAUSED is not offered'],
  [[], { K6_WEB_DASHBOARD: 'true' }, 'K6_WEB_DASHBOARD is not offered'],
  [[], { K6_LOG_OUTPUT: 'file=log.txt' }, 'K6_LOG_OUTPUT is not offered'],
  [[], { K6_LOG_FORMAT: 'json' }, 'K6_LOG_FORMAT is not offered'],
  [[], { K6_NEW_MACHINE_READABLE_SUMMARY: 'true' }, 'K6_NEW_MACHINE_READABLE_SUMMARY is not offered'],
  [[], { K6_VUS: 'many', K6_ITERATIONS: '2' }, '"many" is not a number'],
  [[], { K6_NO_THRESHOLDS: 'perhaps' }, 'K6_NO_THRESHOLDS'],
])('refuses %j %j by name', async (args, variables, message) => {
  const run = await runScript(`export default function () {}`, { args, variables });
  expect([run.code, run.stderr]).toEqual([104, expect.stringContaining(message)]);
});

test.concurrent('takes the values of such a variable that ask for nothing else', async () => {
  const variables = {
    K6_LOG_OUTPUT: 'stderr',
    K6_LOG_FORMAT: 'text',
    K6_NEW_MACHINE_READABLE_SUMMARY: 'false',
    K6_PAUSED: '0',
  };
  expect((await runScript(`export default function () {}`, { variables })).code).toBe(0);
});

test.concurrent.each([[[]], [['-v']], [['--verbose', '--no-usage-report']]])(
  'with %j console.debug is printed where it is verbose',
  async (args) => {
    const script = `export default function () { console.debug('of debug'); console.log('of info'); }`;
    const run = await runScript(script, { args });
    expect(run.stderr).toMatch(/^INFO\[\d+\] of info$/m);
    expect(/^DEBU\[\d+\] of debug$/m.test(run.stderr)).toBe(args.length > 0);
    expect(run.code).toBe(0);
  },
);

test.concurrent('setup, teardown, thresholds and the summary can be left out', async () => {
  const run = await runScript(
    `export const options = { thresholds: { iterations: ['count>5'] } };
     export function setup() { console.log('setup'); }
     export default function () {}
     export function teardown() { console.log('teardown'); }
     export function handleSummary() { return { stdout: 'own' }; }`,
    { args: ['--no-setup', '--no-teardown', '--no-thresholds', '--no-summary'] },
  );
  expect([run.code, run.stdout, run.stderr]).toEqual([0, '', '']);
});

test.concurrent('--out writes every sample in the forms of k6', async () => {
  const run = await runScript(GET, {
    env,
    args: [
      '--tag',
      'team=a "b"',
      '--out',
      'json=all.json',
      '--out',
      'json=all.json.gz',
      '-o',
      'csv=all.csv',
      '-i',
      '2',
    ],
  });
  expect(run.code).toBe(0);
  const lines = run
    .read('all.json')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as OutputLine);
  const of = (metric: string, type: string) =>
    lines.filter((line) => line.metric === metric && line.type === type);
  const description = {
    name: 'http_reqs',
    type: 'counter',
    contains: 'default',
    tainted: null,
    thresholds: [],
    submetrics: null,
  };
  expect(of('http_reqs', 'Metric').map(({ data }) => data)).toEqual([description]);
  const [point] = of('http_reqs', 'Point');
  expect(of('http_reqs', 'Point')).toHaveLength(2);
  expect(point?.data).toMatchObject({
    value: 1,
    tags: { team: 'a "b"', status: '200', scenario: 'default' },
  });
  expect(Date.parse(String(point?.data.time))).toBeGreaterThan(Date.now() - 60_000);
  const zipped = gunzipSync(readFileSync(join(run.folder, 'all.json.gz'))).toString();
  expect(zipped.split('\n')).toHaveLength(lines.length + 1);
  const [header, ...rows] = run.read('all.csv').trim().split('\n');
  expect(header).toBe(
    'metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,name,proto,' +
      'scenario,service,status,subproto,tls_version,url,extra_tags,metadata',
  );
  expect(rows.find((row) => row.startsWith('http_reqs,'))).toMatch(
    /^http_reqs,\d{10},1\.000000,,,,true,,GET,http:[^,]+,HTTP\/1\.1,default,,200,,,http:[^,]+,"team=a ""b""",$/,
  );
});

test.concurrent('samples in files have the tags that the option names, beside those of the script', async () => {
  const args = ['--system-tags', 'status,ip', '--tag', 'team=a', '--out', 'json=all.json'];
  const run = await runScript(GET, { env, args });
  const points = run
    .read('all.json')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as OutputLine);
  const tagsOf = (name: string) =>
    points.filter(({ metric, type }) => metric === name && type === 'Point').map(({ data }) => data.tags);
  expect(tagsOf('http_reqs')).toEqual([{ team: 'a', status: '200', ip: '127.0.0.1' }]);
  expect(tagsOf('iterations')).toEqual([{ team: 'a' }]);
});

interface OutputLine {
  metric: string;
  type: string;
  data: Record<string, unknown>;
}

test.concurrent('flags stand before or behind the script, which may come from standard input', async () => {
  const folder = temporaryFolder();
  await Bun.write(
    join(folder, 'script.js'),
    `export default function () { console.log('got ' + __ENV.A + __ENV.B); }`,
  );
  const before = Bun.spawn(
    [ECS, 'load', 'run', '-q', '-e', 'A=1', '-e', 'B=2', '-u', '2', '-i', '2', 'script.js'],
    {
      cwd: folder,
      stdout: 'ignore',
      stderr: 'pipe',
    },
  );
  const [stderr, code] = await Promise.all([new Response(before.stderr).text(), before.exited]);
  expect([code, stderr.match(/got 12/g)?.length]).toEqual([0, 2]);
  await Bun.write(join(folder, 'lib.js'), `export const name = 'lib';`);
  const piped = Bun.spawn([ECS, 'load', 'run', '-q', '-'], {
    cwd: folder,
    stdin: new Blob([
      `import { name } from './lib.js'; export default async function () { console.log('in ' + name); }`,
    ]),
    stdout: 'ignore',
    stderr: 'pipe',
  });
  expect([await new Response(piped.stderr).text(), await piped.exited]).toEqual([
    expect.stringContaining('in lib'),
    0,
  ]);
});
