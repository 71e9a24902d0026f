import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { NO_CERTIFICATES } from '../../../platform/http/process-tls.ts';
import { eventually } from '../../../tests/harness/engines.ts';
import { createTestRuntime } from '../../../tests/harness/runtime.ts';
import { openRiskModel } from './risk-model.ts';

const FEATURES = {
  transaction_count_30d: 1,
  avg_transaction_value_30d: 2,
  avg_positivity_7d: 0.5,
  stress_events_30d: 0,
};
const GOOD = { risk_score: 0.4, model_version: 'm', contributions: {} };
const respondBadly = () => new Response('', { status: 500 });

/** A real HTTP server in the model's place; the test sets its responses. */
let respond: (request: Request) => Response | Promise<Response>;
const server = Bun.serve({ port: 0, fetch: (request) => respond(request) });
afterAll(() => server.stop(true));
afterEach(() => void (respond = respondBadly));

function openModel(openMs?: number) {
  const runtime = createTestRuntime();
  const model = openRiskModel({
    url: `http://127.0.0.1:${server.port}`,
    settings: { protocol: 'ecs', name: null, version: null, score: null, input: null },
    ...runtime,
    tls: NO_CERTIFICATES,
    ...(openMs === undefined ? {} : { openMs }),
  });
  runtime.lifecycle.onClose('model', model.close);
  const ask = () => model.assess([FEATURES]).catch(({ code }: { code: string }) => code);
  const metric = async (name: string) => {
    const line = (await runtime.metrics.scrape()).split('\n').find((text) => text.startsWith(name));
    return line && Number(line.split(' ').at(-1));
  };
  return { model, ask, metric };
}

describe('the risk model for who watches it', () => {
  test('shows its breaker as 1 while it is open', async () => {
    respond = respondBadly;
    const { ask, metric } = openModel();
    for (let count = 0; count < 4; count += 1) await ask();
    expect(await metric('ecs_breaker_open')).toBe(0);
    await ask();
    expect(await metric('ecs_breaker_open')).toBe(1);
  });

  test('shows its breaker as 0.5 while a probe may be sent, and as 0 once that has succeeded', async () => {
    respond = respondBadly;
    const { model, ask, metric } = openModel(1);
    for (let count = 0; count < 5; count += 1) await ask();
    await eventually('the pause is over', () => Promise.resolve(model.status().state === 'half-open'));
    expect(await metric('ecs_breaker_open')).toBe(0.5);
    respond = () => Response.json(GOOD);
    await ask();
    expect(await metric('ecs_breaker_open')).toBe(0);
  });

  test('counts each call by its outcome', async () => {
    respond = () => Response.json(GOOD);
    const { ask, metric } = openModel();
    for (let count = 0; count < 3; count += 1) await ask();
    respond = respondBadly;
    for (let count = 0; count < 2; count += 1) await ask();
    expect(await metric('ecs_model_calls_total{outcome="answered"}')).toBe(3);
    expect(await metric('ecs_model_calls_total{outcome="failed"}')).toBe(2);
  });
});

test('a response of the risk model may have 1 MiB, to the byte', async () => {
  const { ask } = openModel();
  const prediction = JSON.stringify(GOOD);
  respond = () => new Response(prediction.padEnd(1024 * 1024));
  expect(await ask()).toEqual([GOOD]);
  respond = () => new Response(prediction.padEnd(1024 * 1024 + 1));
  expect(await ask()).toBe('model_unavailable');
});

describe('a question that no decision waits for', () => {
  test('opens no breaker, however often it fails', async () => {
    respond = respondBadly;
    const { model, metric } = openModel();
    for (let count = 0; count < 6; count += 1) {
      await expect(model.assessSpare([FEATURES])).rejects.toMatchObject({ code: 'model_unavailable' });
    }
    expect(model.status()).toMatchObject({ state: 'closed', failures: 0 });
    expect(await metric('ecs_breaker_open')).toBe(0);
  });

  test('shares 8 requests at once with its like where the model takes one vector a call', async () => {
    const held = Promise.withResolvers<void>();
    const { model } = openModel();
    let inFlight = 0;
    let most = 0;
    respond = async (request) => {
      if ('instances' in ((await request.json()) as object)) return new Response('', { status: 422 });
      inFlight += 1;
      most = Math.max(most, inFlight);
      await held.promise;
      inFlight -= 1;
      return Response.json(GOOD);
    };
    const vectors = Array.from({ length: 20 }, () => FEATURES);
    const questions = [model.assessSpare(vectors), model.assessSpare(vectors)];
    await eventually('all places are taken', () => Promise.resolve(inFlight === 8));
    held.resolve();
    expect((await Promise.all(questions)).flat()).toHaveLength(40);
    expect(most).toBe(8);
  });
});
