import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { FAILURE_MODES } from './failure-modes.ts';
import { readMetrics } from './read-metrics.ts';
import { readFlow } from './read-flow.ts';
import type { ProcessSample, ServicePage } from './sample-process.ts';

/**
 * Samples of processes as their private ports write them; the real ones are in tests/e2e/flow.slow.test.ts.
 */
const WORKER = 'ecs_events_consumed_total{durable="emotion-processing",outcome="stored"}';
const PENDING = 'ecs_consumer_pending_messages{durable="emotion-processing",stream="emotions"}';

function sampleOf(
  lines: string[],
  changes: { atMs?: number; startedAt?: number; process?: string; parts?: ServicePage[] } = {},
): ProcessSample {
  const { atMs = 10_000, startedAt = 1, process = 'worker:9464', parts = [] } = changes;
  const text = [...lines, `process_start_time_seconds ${startedAt}`].join('\n');
  return {
    process,
    atMs,
    page: { atMs, uptimeSeconds: 60, parts },
    services: [],
    metrics: readMetrics(text),
  };
}

const before = (...samples: ProcessSample[]) =>
  new Map(samples.map((sample) => [sample.process, { ...sample, atMs: sample.atMs - 10_000 }]));

const edgeOf = (id: string, flow: ReturnType<typeof readFlow>) => flow.edges.find((edge) => edge.id === id);

test('dead letters are of the step that they did not pass: of a table, or of the worker of a stream', () => {
  const services = ['credit-application', 'emotion-processing'];
  const parts = services.map((name) => ({ name, status: 'ok' }));
  const lines = ['credits', 'decisions', 'emotions'].map((name) => `ecs_dead_letters{stream="${name}"} 2`);
  const sample = sampleOf([...lines, `${WORKER} 1`], { parts });
  const { edges } = readFlow(before(sample), [sample]);
  const marked = edges.filter(({ condition }) => condition === 'warning').map(({ id }) => id);
  expect(marked).toEqual(['emotions.table', 'analyses.worker', 'offers.worker']);
});

describe('rates', () => {
  test('are the increase a second, over the window of each process', () => {
    const flow = readFlow(before(sampleOf([`${WORKER} 100`])), [sampleOf([`${WORKER} 350`])]);
    expect(flow.window_seconds).toBe(10);
    expect(edgeOf('emotions.table', flow)?.per_second).toBe(25);
  });

  test('of a process that began anew count from zero, and never fall below it', () => {
    const [earlier, later] = [sampleOf([`${WORKER} 100`]), sampleOf([`${WORKER} 120`], { startedAt: 2 })];
    expect(edgeOf('emotions.table', readFlow(before(earlier), [later]))?.per_second).toBe(12);
  });

  test('of a process that was not seen before count from its second sample on', () => {
    const flow = readFlow(new Map(), [sampleOf([`${WORKER} 5000`])]);
    expect(edgeOf('emotions.table', flow)?.per_second).toBe(0);
  });

  test('of replicas add up, and the queue that both report counts once', () => {
    const lines = [`${WORKER} 0`, `${PENDING} 7`];
    const replicas = ['a:1', 'b:1'].map((process) => sampleOf(lines, { process }));
    const later = ['a:1', 'b:1'].map((process) => sampleOf([`${WORKER} 50`, `${PENDING} 7`], { process }));
    const flow = readFlow(before(...replicas), later);
    expect(edgeOf('emotions.table', flow)?.per_second).toBe(10);
    expect(edgeOf('emotions.worker', flow)?.waiting).toBe(7);
  });

  test('are not known of an edge without a process that would know', () => {
    const flow = readFlow(new Map(), [sampleOf([])]);
    expect(edgeOf('emotions.worker', flow)).toMatchObject({ per_second: null, condition: 'unknown' });
  });
});

test('the 99th percentile of the door is the bound of its bucket', () => {
  const bucket = (le: string) =>
    `ecs_http_request_duration_seconds_bucket{part="gateway",endpoint="/v1/emotions/stream",status="202",le="${le}"}`;
  const now = sampleOf([`${bucket('0.01')} 90`, `${bucket('0.05')} 99`, `${bucket('+Inf')} 100`]);
  const zero = sampleOf([`${bucket('0.01')} 0`, `${bucket('0.05')} 0`, `${bucket('+Inf')} 0`]);
  expect(edgeOf('emotions.door', readFlow(before(zero), [now]))?.p99_ms).toBe(50);
});

describe('findings', () => {
  const textsOf = (flow: ReturnType<typeof readFlow>) => flow.findings.map(({ text }) => text);

  test('are none while all is well', () => {
    const lines = [`${WORKER} 100`, `${PENDING} 3`];
    const flow = readFlow(before(sampleOf(lines)), [sampleOf([`${WORKER} 200`, `${PENDING} 3`])]);
    expect(textsOf(flow).filter((text) => !/postgresql|nats/.test(text))).toEqual([]);
  });

  test('name a queue that stands still, and not one that was filled a moment ago', () => {
    const lines = [`${WORKER} 100`, `${PENDING} 3`];
    const stuck = readFlow(before(sampleOf(lines)), [sampleOf(lines)]);
    expect(textsOf(stuck)).toContain('3 messages wait, and emotion-processing stores none');
    expect(edgeOf('emotions.worker', stuck)?.condition).toBe('fault');
    const filled = readFlow(before(sampleOf([`${WORKER} 100`, `${PENDING} 0`])), [sampleOf(lines)]);
    expect(textsOf(filled)).toEqual([]);
  });

  test('put the fault of an engine before its effects, once for all its services', () => {
    const dependencies = { postgresql: 'no response in time' };
    const parts = ['credit', 'privacy'].map((name) => ({ name, status: 'unavailable', dependencies }));
    const flow = readFlow(new Map(), [sampleOf([], { parts })]);
    expect(flow.condition).toBe('fault');
    expect(flow.findings[0]).toEqual({
      severity: 'fault',
      subject: 'postgresql',
      text: 'postgresql: no response in time, for credit, privacy',
      failure_mode: FAILURE_MODES.database,
    });
    expect(flow.findings).toHaveLength(1);
  });

  test('name a Redis that does not respond or refuses, and not one that was late for a few', () => {
    const redisAfter = (counts: Record<string, number>) => {
      const lines = (values: Record<string, number>) =>
        Object.entries(values).map(
          ([outcome, count]) => `ecs_redis_commands_total{outcome="${outcome}"} ${count}`,
        );
      const none = Object.fromEntries(Object.keys(counts).map((outcome) => [outcome, 0]));
      const flow = readFlow(before(sampleOf(lines(none))), [sampleOf(lines(counts))]);
      const findings = flow.findings.filter(({ subject }) => subject === 'redis');
      const texts = findings.flatMap(({ text, failure_mode: mode }) => [text, mode]);
      return [flow.engines.find(({ name }) => name === 'redis')?.condition, ...texts];
    };
    expect(redisAfter({ failed: 2 })).toEqual(['unknown']);
    expect(redisAfter({ failed: 3 })).toEqual([
      'warning',
      'redis: 0.3 commands a second go without it',
      FAILURE_MODES.redis,
    ]);
    expect(redisAfter({ failed: 3, bypassed: 20, done: 4 })[1]).toBe(
      'redis: 2.3 commands a second go without it',
    );
    expect(redisAfter({ failed: 5, done: 94, hit: 1, miss: 0 })[0]).toBe('warning');
    expect(redisAfter({ failed: 5, done: 94, hit: 1, miss: 1 })).toEqual(['ok']);
    expect(redisAfter({ refused: 1, done: 99 })).toEqual([
      'warning',
      'redis: 0.1 commands a second are refused',
      FAILURE_MODES.redisRefuses,
    ]);
  });

  test('leave out the consumers of a broker that is down, and not those of one that is there', () => {
    const findingsWith = (nats: string) => {
      const dependencies = { nats, 'challenger consumer': 'no response in time' };
      return readFlow(new Map(), [
        sampleOf([], { parts: [{ name: 'challenger', status: 'x', dependencies }] }),
      ]);
    };
    const subjects = (flow: ReturnType<typeof readFlow>) => flow.findings.map(({ subject }) => subject);
    expect(subjects(findingsWith('NATS did not respond'))).toEqual(['nats']);
    expect(subjects(findingsWith('up'))).toEqual(['challenger']);
  });

  test('name webhooks that their receivers do not take, as a warning, with the queue and its age', () => {
    const attempts = (failed: number, delivered: number) => [
      `ecs_webhook_attempts_total{outcome="failed"} ${failed}`,
      `ecs_webhook_attempts_total{outcome="delivered"} ${delivered}`,
    ];
    const queueOf = (count: number, seconds: number) => [
      `ecs_webhook_pending_deliveries ${count}`,
      `ecs_webhook_oldest_pending_seconds ${seconds}`,
    ];
    const failing = (count: number) => [`ecs_webhook_endpoints{state="failing"} ${count}`];
    const flowOf = (lines: string[]) =>
      readFlow(before(sampleOf(attempts(0, 0))), [sampleOf([...lines, ...failing(0)])]);
    const well = flowOf([...attempts(0, 40), ...queueOf(3, 2)]);
    expect(textsOf(well)).toEqual([]);
    expect(edgeOf('webhooks.delivery', well)).toMatchObject({
      from: 'webhooks',
      to: 'partner endpoints',
      per_second: 4,
      failed_per_second: 0,
      waiting: 3,
      waiting_unit: 'deliveries',
      oldest_seconds: 2,
      condition: 'ok',
    });
    const down = readFlow(before(sampleOf(attempts(0, 0))), [
      sampleOf([...attempts(10, 10), ...queueOf(120, 80), ...failing(1)]),
    ]);
    expect(down.findings).toEqual([
      {
        severity: 'warning',
        subject: 'webhooks.delivery',
        text:
          '1 endpoint of webhooks is failing; 50 % of the attempts to deliver webhooks fail (1 a second); ' +
          'deliveries of webhooks wait: 120, the oldest for 80 s',
        failure_mode: FAILURE_MODES.receiver,
      },
    ]);
    expect(edgeOf('webhooks.delivery', down)).toMatchObject({ failed_per_second: 1, condition: 'warning' });
    // An endpoint that is asked once an hour has no rate.
    const quiet = flowOf([...attempts(0, 0), ...queueOf(1, 3000)]);
    expect(textsOf(quiet)).toEqual(['deliveries of webhooks wait: 1, the oldest for 3000 s']);
  });

  test('name messages of webhooks that stand still before their service', () => {
    const lines = ['ecs_consumer_pending_messages{durable="webhooks",stream="notifications"} 4'];
    const parts = [{ name: 'webhooks', status: 'ok', dependencies: { postgresql: 'up', nats: 'up' } }];
    const flow = readFlow(before(sampleOf(lines, { parts })), [sampleOf(lines, { parts })]);
    expect(textsOf(flow)).toEqual(['4 messages wait, and webhooks stores none']);
    expect(edgeOf('webhooks.worker', flow)).toMatchObject({ waiting: 4, condition: 'fault' });
  });

  test('lead to a heading of docs/failure-modes.md that exists', async () => {
    const text = await Bun.file(join(import.meta.dir, '../../docs/failure-modes.md')).text();
    const headings = [...text.matchAll(/^#{2,3} (.+)$/gm)].map(([, heading = '']) => heading);
    for (const heading of Object.values(FAILURE_MODES)) expect(headings).toContain(heading);
  });
});
