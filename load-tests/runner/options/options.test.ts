import { describe, expect, test } from 'bun:test';
import { formatDuration, parseDuration } from './duration.ts';
import { readOptions } from './options.ts';
import { scenarioMs, scenarioVUs } from './scenario-options.ts';

const only = (...args: Parameters<typeof readOptions>) => readOptions(...args).scenarios[0];

describe('durations', () => {
  test.each([
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['1m2s3ms', 62_003],
    ['250', 250],
    [10, 10],
    ['2d', 172_800_000],
  ])('%p', (text, ms) => expect(parseDuration(text, 'x')).toBe(ms));

  test.each(['', 'abc', '10 s', '1s!', 's', null])('%p is none', (text) =>
    expect(() => parseDuration(text, 'gracefulStop')).toThrow('gracefulStop: invalid duration'),
  );

  test.each([
    [600_000, '10m0s'],
    [30_000, '30s'],
    [1500, '1.5s'],
    [3_661_000, '1h1m1s'],
    [200, '200ms'],
  ])('%p ms is %p', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('the shorthands become scenarios', () => {
  test('nothing: one iteration of one user', () => {
    expect(only({})).toMatchObject({ name: 'default', executor: 'per-vu-iterations', vus: 1, iterations: 1 });
  });
  test('vus and duration', () => {
    expect(only({ vus: 3, duration: '2s' })).toMatchObject({
      executor: 'constant-vus',
      vus: 3,
      durationMs: 2000,
      gracefulStopMs: 30_000,
    });
  });
  test('vus and iterations, a duration as their limit', () => {
    expect(only({ vus: 3, iterations: 9, duration: '5s' })).toMatchObject({
      executor: 'shared-iterations',
      iterations: 9,
      maxDurationMs: 5000,
    });
  });
  test('stages', () => {
    const scenario = only({ stages: [{ duration: '1s', target: 5 }] });
    expect(scenario).toMatchObject({ executor: 'ramping-vus', startVUs: 1 });
    expect(scenario && [scenarioMs(scenario), scenarioVUs(scenario).max]).toEqual([1000, 5]);
  });
});

describe('the command line wins', () => {
  const script = { scenarios: { a: { executor: 'constant-vus', vus: 1, duration: '1s' } } };
  test('its duration replaces the scenarios', () => {
    expect(only(script, { vus: 7, duration: '4s' })).toMatchObject({
      name: 'default',
      vus: 7,
      durationMs: 4000,
    });
    expect(only({ vus: 5, duration: '1s' }, { duration: '4s' })).toMatchObject({ vus: 5, durationMs: 4000 });
  });
  test('its rate is an arrival rate', () => {
    expect(only(script, { rate: 200, duration: '4s', vus: 9 })).toMatchObject({
      executor: 'constant-arrival-rate',
      rate: 200,
      preAllocatedVUs: 9,
      durationMs: 4000,
    });
  });
});

describe('options that k6 passes over', () => {
  test('null is an option not set', () => {
    const options = { duration: '2s', iterations: null, scenarios: null, dns: null, tlsVersion: null };
    expect(only(options)).toMatchObject({ executor: 'constant-vus', durationMs: 2000 });
  });
  test('an option that k6 does not know is warned of, and a misspelled one is refused', () => {
    expect(readOptions({ executor: 'constant-vus' }).warnings).toEqual([
      'unknown field "executor" in the script\'s options has no effect',
    ]);
    for (const name of ['tresholds', 'thersholds', 'threshold', 'host', 'stage', 'insecureSkipTlsVerfy']) {
      expect(() => readOptions({ [name]: {} })).toThrow(`unknown field "${name}"`);
    }
  });
});

describe('wrong options are rejected', () => {
  const scenario = (fields: object) => ({ scenarios: { a: fields } });
  const users = { executor: 'constant-vus', vus: 1, duration: '1s' };
  const rate = { executor: 'constant-arrival-rate', rate: 1, duration: '1s', preAllocatedVUs: 1 };
  test.each([
    [{ vuss: 1 }, 'unknown field "vuss"'],
    [scenario({ ...users, bogus: 1 }), 'unknown field "bogus"'],
    [scenario({ ...users, rate: 1 }), 'unknown field "rate"'],
    [scenario({ ...users, executor: 'bogus' }), "unknown executor type 'bogus'"],
    [scenario({ ...users, vus: 0 }), 'the number of VUs must be more than 0'],
    [scenario({ ...users, duration: '10ms' }), 'the duration must be at least 1s, but is 10ms'],
    [scenario({ ...rate, preAllocatedVUs: undefined }), "preAllocatedVUs isn't specified"],
    [scenario({ ...rate, maxVUs: 0 }), "maxVUs can't be less than preAllocatedVUs"],
    [scenario({ ...rate, timeUnit: 0 }), 'the timeUnit must be more than 0'],
    [scenario({ executor: 'ramping-vus', stages: [] }), 'at least one stage has to be specified'],
    [scenario({ executor: 'ramping-vus', stages: [{ target: 1 }] }), "stage 1 doesn't have a duration"],
    [{ scenarios: { a: null } }, 'missing or empty type field'],
    [{ scenarios: [users] }, 'scenarios must be an object'],
    [{ stages: { duration: '1s', target: 1 } }, 'stages must be a list'],
    [{ stages: [null] }, "stage 1 doesn't have a duration"],
    [{ thresholds: { checks: [null] } }, 'null is no threshold'],
    [{ thresholds: { checks: [{ abortOnFail: true }] } }, 'is no threshold'],
    [{ scenarios: { 'a b': users } }, 'the scenario name should contain only'],
    [{ vus: 1, iterations: 1, stages: [{ duration: '1s', target: 1 }] }, 'simultaneously is not allowed'],
    [{ vus: 2, iterations: 1 }, "can't be less than the number of VUs"],
    [{ thresholds: { checks: ['rate'] } }, 'malformed threshold expression'],
    [{ thresholds: { checks: ['p95<1'] } }, 'failed parsing method'],
    [{ thresholds: { checks: ['rate<x'] } }, 'is not a number'],
    [{ summaryTrendStats: ['p95'] }, 'invalid trend column'],
    [{ tags: { build: 42 } }, 'tags.build must be a text, not 42'],
    [{ tags: ['build'] }, 'tags must be an object of names and values'],
    [{ hosts: 5 }, 'hosts must be an object of names and values, not 5'],
    [{ dns: 5 }, 'dns must be an object'],
    [{ tlsVersion: 5 }, 'tlsVersion must be an object'],
    [{ userAgent: 5 }, 'userAgent must be a text'],
    [{ throw: 1 }, 'throw: 1 is neither true nor false'],
    [{ thresholds: [] }, 'thresholds must be an object'],
    [scenario({ ...users, env: { A: 5 } }), 'scenario a: env.A must be a text, not 5'],
    [scenario({ ...users, tags: { b: true } }), 'scenario a: tags.b must be a text'],
    [scenario({ ...users, exec: 5 }), 'scenario a: exec must be a text'],
    [scenario({ ...users, options: { brwser: {} } }), 'scenario a: unknown field "options.brwser"'],
    [scenario({ ...users, options: 5 }), 'scenario a: options must be an object'],
    [[] as never, "the script's options must be an object"],
    ['x' as never, "the script's options must be an object"],
  ])('%j', (options, message) => expect(() => readOptions(options)).toThrow(message));
});
