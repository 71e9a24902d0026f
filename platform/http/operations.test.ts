import { expect, test } from 'bun:test';
import { DegradedError, healthResponse, readiness } from './operations.ts';

const up = async () => {};
const fail = (error: Error) => async () => {
  throw error;
};

test('readiness reports a degraded dependency and leaves the process ready', async () => {
  const checks = { nats: up, 'dead letters': fail(new DegradedError('degraded: no room')) };
  const health = await readiness(checks, false);
  expect(health).toEqual({ status: 'ok', dependencies: { nats: 'up', 'dead letters': 'degraded: no room' } });
  expect(healthResponse(health).status).toBe(200);
});

test('a dependency that is down makes the process unready, whatever else is degraded', async () => {
  const checks = { nats: fail(new Error('gone')), 'dead letters': fail(new DegradedError('degraded')) };
  const health = await readiness(checks, false);
  expect(health).toMatchObject({ status: 'unavailable', dependencies: { nats: 'gone' } });
  expect(healthResponse(health).status).toBe(503);
});
