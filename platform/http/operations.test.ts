import { expect, test } from 'bun:test';
import { DegradedError, problem } from '../kernel/errors.ts';
import { createMetrics } from '../kernel/metrics.ts';
import { createOperations, healthResponse, readiness } from './operations.ts';

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

test('readiness says why a dependency is down, also where a request would learn the kind alone', async () => {
  const cause = new Error('too many connections for role "ecs"');
  const health = await readiness({ postgresql: fail(problem('database_unavailable', { cause })) }, false);
  expect(health.dependencies?.postgresql).toBe(`The database cannot be reached. (${cause.message})`);
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

test('named metrics come alone, without the work of others; so does a status without details', async () => {
  const metrics = createMetrics();
  let reads = { checks: 0, details: 0, gauges: 0 };
  const check = async () => void (reads.checks += 1);
  const status = async () => ({ lag: (reads.details += 1) });
  metrics.beforeScrape(async () => void (reads.gauges += 1));
  const respond = createOperations({
    services: [{ name: 'worker', checks: { nats: check }, status }],
    metrics,
    signal: new AbortController().signal,
    protections: {},
  });
  const read = async (path: string) => (await respond(new Request(`http://worker${path}`))).text();
  metrics.published.inc({ topic: 'emotions' }, 3);
  const names = 'name[]=ecs_events_published_total&name[]=process_start_time_seconds&name[]=no_such_metric';
  const text = await read(`/metrics?${names}`);
  expect(text).toContain('ecs_events_published_total{topic="emotions"} 3\n');
  expect(text.match(/^# TYPE \S+/gm)).toEqual([
    '# TYPE ecs_events_published_total',
    '# TYPE process_start_time_seconds',
  ]);
  expect(reads).toEqual({ checks: 0, details: 0, gauges: 1 });
  expect(await read('/metrics?name[]=ecs_check_up')).toContain(
    'ecs_check_up{part="worker",check="nats"} 1\n',
  );
  reads = { checks: 0, details: 0, gauges: 0 };
  const brief = JSON.parse(await read('/statusz?details=none'));
  expect(brief.parts).toEqual([{ name: 'worker', status: 'ok', dependencies: { nats: 'up' } }]);
  expect(JSON.parse(await read('/statusz')).parts[0]).toMatchObject({ lag: 1 });
  expect(reads).toEqual({ checks: 2, details: 1, gauges: 0 });
});
