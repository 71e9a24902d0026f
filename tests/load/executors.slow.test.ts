import { afterAll, describe, expect, test } from 'bun:test';
import { reportOf } from './harness.ts';
import { startServer } from './server.ts';

/** Each executor starts the iterations that it promises, and ends them. */
const server = startServer();
afterAll(() => server.stop());

const script = (scenarios: object, rest = '') => `
import http from 'k6/http';
import { sleep } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: ${JSON.stringify(scenarios)} ${rest} };
export default function () { sleep(Number(__ENV.SLEEP || 0.05)); }
export function hit() { http.get(__ENV.BASE + '/' + (__ENV.WHERE || exec.scenario.name)); }
export async function hitAsync() { await http.asyncRequest('GET', __ENV.BASE + '/' + exec.scenario.name); }`;
const env = { BASE: server.url };

describe.each(['hit', 'hitAsync'])('with %s', (exec) => {
  test('shared-iterations share, per-vu-iterations do not, constant-vus last', async () => {
    const before = { a: server.count('/a'), b: server.count('/b') };
    const { value, report } = await reportOf(
      script({
        a: { executor: 'shared-iterations', vus: 3, iterations: 10, exec },
        b: { executor: 'per-vu-iterations', vus: 3, iterations: 10, exec },
      }),
      { env },
    );
    expect([server.count('/a') - before.a, server.count('/b') - before.b]).toEqual([10, 30]);
    expect([value('iterations'), value('http_reqs')]).toEqual([40, 40]);
    expect(report.style).toBe(exec === 'hit' ? 'workers' : 'event loop');
  });

  test('arrival rates start as many iterations as the area below their line', async () => {
    const before = { constant: server.count('/constant'), ramp: server.count('/ramp') };
    const arrivals = { exec, preAllocatedVUs: 10, gracefulStop: '2s' };
    const { value } = await reportOf(
      script({
        constant: { executor: 'constant-arrival-rate', rate: 60, duration: '1500ms', ...arrivals },
        ramp: {
          executor: 'ramping-arrival-rate',
          startRate: 0,
          stages: [
            { duration: '1s', target: 60 },
            { duration: '500ms', target: 60 },
          ],
          ...arrivals,
        },
      }),
      { env },
    );
    const dropped = value('dropped_iterations') ?? 0;
    const started = server.count('/constant') - before.constant + server.count('/ramp') - before.ramp;
    expect(started + dropped).toBe(90 + 60);
    expect(value('iterations')).toBe(started);
  });
});

test('ramping-vus follow their stages', async () => {
  const { report, value } = await reportOf(
    script({
      ramp: {
        executor: 'ramping-vus',
        startVUs: 0,
        stages: [
          { duration: '1s', target: 6 },
          { duration: '1200ms', target: 6 },
          { duration: '500ms', target: 0 },
        ],
      },
    }),
  );
  expect(value('vus_max', 'max')).toBe(6);
  expect(Math.max(...report.timeline.map(({ vus }) => vus))).toBe(6);
  // The area below the line is 11.7 user-seconds of 50 ms each, less the start-up time.
  expect(value('iterations')).toBeGreaterThan(100);
  expect(value('iterations')).toBeLessThanOrEqual(240);
});

test('users without a free moment drop iterations, and are joined by more up to the maximum', async () => {
  const { value, report } = await reportOf(
    script({
      a: { executor: 'constant-arrival-rate', rate: 20, duration: '2s', preAllocatedVUs: 1, maxVUs: 3 },
    }),
    { env: { SLEEP: '0.5' } },
  );
  expect((value('iterations') ?? 0) + (value('dropped_iterations') ?? 0)).toBe(40);
  expect(value('dropped_iterations')).toBeGreaterThan(20);
  expect(value('vus_max', 'max')).toBe(3);
  expect(report.generator.fromIntended.avg).toBeGreaterThanOrEqual(report.generator.service.avg);
});

test('an iteration that outlasts gracefulStop is interrupted and not counted, blocked or awaiting', async () => {
  const users = { executor: 'constant-vus', vus: 2, duration: '1s', gracefulStop: '100ms' };
  for (const variables of [{ SLEEP: '30' }, { SLEEP: '0.3' }]) {
    const { value, report } = await reportOf(script({ a: users }), { env: variables });
    if (variables.SLEEP === '30') expect(value('iterations')).toBeUndefined();
    else expect(value('iterations')).toBeGreaterThanOrEqual(6);
    // An iteration alone takes 30 s.
    expect(report.state.testRunDurationMs).toBeLessThan(15_000);
  }
  const awaiting = `import http from 'k6/http';
    export const options = { scenarios: { a: ${JSON.stringify(users)} } };
    export default async function () { await http.asyncRequest('GET', '${server.url}/slow/4000'); }`;
  const { value, report } = await reportOf(awaiting);
  expect([value('iterations'), report.style]).toEqual([undefined, 'event loop']);
});

test('startTime, env, tags and exec belong to a scenario', async () => {
  const { value, report } = await reportOf(
    script(
      {
        early: { executor: 'per-vu-iterations', exec: 'hit', env: { WHERE: 'here' }, tags: { team: 'a' } },
        late: { executor: 'per-vu-iterations', exec: 'hit', startTime: '1s', tags: { team: 'b' } },
      },
      `, thresholds: { 'http_reqs{team:a}': ['count==1'], 'http_reqs{scenario:late}': ['count==1'] }`,
    ),
    { env },
  );
  expect([server.count('/here'), server.count('/late')]).toEqual([1, 1]);
  expect([value('http_reqs{team:a}'), value('http_reqs{scenario:late}')]).toEqual([1, 1]);
  expect(report.state.testRunDurationMs).toBeGreaterThanOrEqual(1000);
  // The second scenario takes over the user of the first.
  expect(report.exitCode).toBe(0);
});

test.concurrent.each([
  ['in workers', `import { sleep } from 'k6'; const pause = () => sleep(0.01);`, 'function'],
  [
    'on the event loop',
    `const pause = () => new Promise((resolve) => setTimeout(resolve, 10));`,
    'async function',
  ],
])(
  'iterations that users repeat by themselves are counted and numbered once each, %s',
  async (_, head, kind) => {
    const { code, stderr, value } = await reportOf(
      `${head} import exec from 'k6/execution';
     export const options = { scenarios: { a: { executor: 'constant-vus', vus: 3, duration: '1s' } } };
     export default ${kind} () {
       console.log('number ' + exec.scenario.iterationInTest + ' of user ' + exec.vu.iterationInScenario);
       ${kind === 'function' ? '' : 'await '}pause();
       if (exec.vu.iterationInInstance === 3) throw new Error('own error');
     }`,
    );
    const numbers = [...stderr.matchAll(/number (\d+)/g)].map(([, number]) => Number(number));
    expect(numbers.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: numbers.length }, (_, index) => index),
    );
    expect([code, value('iterations')]).toEqual([0, numbers.length]);
    expect(stderr.match(/ERRO.*own error/g)).toHaveLength(3);
  },
);
