import { expect, test } from 'bun:test';
import { optionsOfEnvironment } from './sources.ts';

test('a variable that is a slip of one that is not set is refused by name', () => {
  for (const [name, meant] of [
    ['K6_ITERATION', 'K6_ITERATIONS'],
    ['K6_DURATIONS', 'K6_DURATION'],
    ['K6_TAG', 'K6_TAGS'],
    ['K6_NO_THRESHOLD', 'K6_NO_THRESHOLDS'],
  ] as const)
    expect(() => optionsOfEnvironment({ [name]: '5' })).toThrow(`${name} is unknown: is ${meant} meant?`);
  expect(optionsOfEnvironment({ K6_ITERATION: '5', K6_ITERATIONS: '6' })).toEqual({ iterations: '6' });
  expect(optionsOfEnvironment({ K6_CLOUD_TOKEN: 'x', K6_MY_OWN: 'x', K6_LOG_LEVEL: 'debug' })).toEqual({});
});

test('a variable of the script itself is none of k6 that it resembles by the prefix alone', () => {
  expect(optionsOfEnvironment({ K6_PATH: '/', K6_USAGES: 'x' })).toEqual({});
});

test('a variable that k6 has and that nothing obeys is refused, but for a value without effect', () => {
  for (const name of ['K6_SCENARIOS', 'K6_LINGER', 'K6_WEB_DASHBOARD'])
    expect(() => optionsOfEnvironment({ [name]: 'true' })).toThrow(`${name} is not offered`);
  expect(optionsOfEnvironment({ K6_LINGER: 'false', K6_LOG_OUTPUT: 'stderr' })).toEqual({});
});
