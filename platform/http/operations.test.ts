import { expect, test } from 'bun:test';
import { DegradedError, healthResponse, readiness } from './operations.ts';

const up = async () => {};
const fail = (error: Error) => async () => {
  throw error;
};

test('what works in part is told by readiness, and leaves the process ready', async () => {
  const checks = { nats: up, 'dead letters': fail(new DegradedError('degraded: no room')) };
  const health = await readiness(checks, false);
  expect(health).toEqual({ status: 'ok', dependencies: { nats: 'up', 'dead letters': 'degraded: no room' } });
  expect(healthResponse(health).status).toBe(200);
});

test('what is down makes the process unready, whatever else works in part', async () => {
  const checks = { nats: fail(new Error('gone')), 'dead letters': fail(new DegradedError('degraded')) };
  const health = await readiness(checks, false);
  expect(health).toMatchObject({ status: 'unavailable', dependencies: { nats: 'gone' } });
  expect(healthResponse(health).status).toBe(503);
});
