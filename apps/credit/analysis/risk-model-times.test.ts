import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from 'bun:test';
// On Bun the bare name is a shim.
import { request } from 'undici/index.js';
import { NO_CERTIFICATES } from '../../../platform/http/process-tls.ts';
import { createTestRuntime } from '../../../tests/harness/runtime.ts';
import { openRiskModel } from './risk-model.ts';

/** A real server that never responds, and timers of the test: each edge is a millisecond wide. */
const server = Bun.serve({ port: 0, fetch: () => new Promise<Response>(() => {}) });
afterAll(() => server.stop(true));

const FEATURES = {
  transaction_count_30d: 1,
  avg_transaction_value_30d: 2,
  avg_positivity_7d: 0.5,
  stress_events_30d: 0,
};

// The HTTP client has one timer for all of a process: made of a test's, it would stand still for later tests.
beforeAll(() =>
  request('http://127.0.0.1:1').then(
    () => {},
    () => {},
  ),
);
beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function openModel() {
  const model = openRiskModel({
    url: `http://127.0.0.1:${server.port}`,
    settings: { protocol: 'ecs', name: null, version: null, score: null, input: null },
    ...createTestRuntime(),
    tls: NO_CERTIFICATES,
  });
  const outcomes: unknown[] = [];
  const ask = () => void model.assess([FEATURES]).catch(({ code }: { code: string }) => outcomes.push(code));
  return { model, ask, outcomes };
}

/** Lets the time pass, and everything that it brings about. */
async function advance(ms: number): Promise<void> {
  jest.advanceTimersByTime(ms);
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

test('a decision gives its model up after 800 ms, not a millisecond before', async () => {
  const { model, ask, outcomes } = openModel();
  ask();
  await advance(799);
  expect(outcomes).toEqual([]);
  await advance(1);
  expect(outcomes).toEqual(['model_unavailable']);
  await model.close();
});

test('the fifth failure opens the breaker for 30 s, to the millisecond', async () => {
  const { model, ask, outcomes } = openModel();
  for (let count = 0; count < 4; count += 1) ask();
  await advance(800);
  expect([outcomes.length, model.status().state]).toEqual([4, 'closed']);
  ask();
  await advance(800);
  expect([outcomes.length, model.status().state]).toEqual([5, 'open']);
  await advance(29_999);
  expect(model.status().state).toBe('open');
  await advance(1);
  expect(model.status().state).toBe('half-open');
  await model.close();
});

test('a model that is closed ends its calls at once, and leaves no timer behind', async () => {
  const { model, ask, outcomes } = openModel();
  for (let count = 0; count < 5; count += 1) ask();
  await advance(800);
  expect(model.status().state).toBe('open');
  await model.close();
  await advance(30_000);
  // Its pause would end in a probe.
  expect(model.status().state).not.toBe('half-open');

  const other = openModel();
  other.ask();
  await other.model.close();
  await advance(0);
  expect([outcomes.length, other.outcomes]).toEqual([5, ['model_unavailable']]);
});
