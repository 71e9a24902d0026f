import { expect, test } from 'bun:test';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { createRoutes } from './routes.ts';

const { log, peers } = createTestRuntime();

test('returns a score under every name that it is called by', async () => {
  const behavior = { mode: 'scorecard', latencyMs: 0, failureRate: 0 } as const;
  const app = createRoutes({ log, peers, model: 'scorecard-1', behavior, controllable: false });
  const features = {
    transaction_count_30d: 3,
    avg_transaction_value_30d: 20,
    avg_positivity_7d: 0.5,
    stress_events_30d: 0,
  };
  for (const host of ['x', 'ml', 'credit-analysis-service:8000', '127.0.0.1:8000', '[::1]:8000']) {
    const request = new Request(`http://${host}/v1/predict`, {
      method: 'POST',
      body: JSON.stringify(features),
    });
    const response = await app.handle(request);
    expect([host, response.status]).toEqual([host, 200]);
  }
  const elsewhere = await app.handle(new Request('http://ml/v1/elsewhere'));
  expect([elsewhere.status, await elsewhere.json()]).toMatchObject([404, { code: 'not_found' }]);
});

test('serves the configured version, and each version at a path of its own', async () => {
  const behavior = { mode: 'scorecard', latencyMs: 0, failureRate: 0 } as const;
  const app = createRoutes({ log, peers, model: 'scorecard-2', behavior, controllable: false });
  const features = {
    transaction_count_30d: 0,
    avg_transaction_value_30d: 0,
    avg_positivity_7d: 0.5,
    stress_events_30d: 0,
  };
  const responses = ['', '/scorecard-1', '/scorecard-2'].map(async (path) => {
    const body = JSON.stringify(features);
    const response = await app.handle(new Request(`http://ml${path}/v1/predict`, { method: 'POST', body }));
    const { model_version, risk_score } = (await response.json()) as Record<string, unknown>;
    return [model_version, risk_score];
  });
  expect(await Promise.all(responses)).toEqual([
    ['scorecard-2', 0.88],
    ['scorecard-1', 0.8],
    ['scorecard-2', 0.88],
  ]);
});
