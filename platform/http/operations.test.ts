import { expect, test } from 'bun:test';
import { createMetrics } from '../kernel/metrics.ts';
import { createOperations, DegradedError, healthResponse, readiness } from './operations.ts';

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

test('metrics report each check of each service, degraded as a half', async () => {
  const metrics = createMetrics();
  const checks = { nats: up, postgresql: fail(new Error('gone')), letters: fail(new DegradedError('full')) };
  const services = [{ name: 'worker', checks }];
  createOperations({ services, metrics, signal: new AbortController().signal, protections: {} });
  const text = await metrics.scrape();
  expect(text).toContain('ecs_check_up{part="worker",check="nats"} 1\n');
  expect(text).toContain('ecs_check_up{part="worker",check="postgresql"} 0\n');
  expect(text).toContain('ecs_check_up{part="worker",check="letters"} 0.5\n');
});
