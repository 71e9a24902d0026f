import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import { createTestRuntime } from '../../../tests/harness/runtime.ts';
import { endsWithin, fastestMs } from '../../../tests/harness/time.ts';
import { openRiskModel, type RiskModel } from './risk-model.ts';

const { log, metrics } = createTestRuntime();

const FEATURES: FeatureVector = {
  transaction_count_30d: 1,
  avg_transaction_value_30d: 2,
  avg_positivity_7d: 0.5,
  stress_events_30d: 0,
};
const GOOD = { risk_score: 0.4, model_version: 'm', contributions: {} };

/** A real HTTP server in the model's place; the test sets its responses. */
let respond: () => Response | Promise<Response> = () => Response.json(GOOD);
let calls = 0;
const server = Bun.serve({
  port: 0,
  fetch: () => {
    calls += 1;
    return respond();
  },
});
afterAll(() => server.stop(true));

let model: RiskModel | undefined;
function openModel(openMs = 30_000): RiskModel {
  calls = 0;
  model = openRiskModel({ url: `http://127.0.0.1:${server.port}`, log, metrics, openMs });
  return model;
}
afterEach(async () => {
  await model?.close();
  respond = () => Response.json(GOOD);
});

/** Asks so many times, one after the other; returns the failure of each. */
async function failing(times: number, asked: RiskModel): Promise<unknown[]> {
  const errors: unknown[] = [];
  while (errors.length < times) errors.push(await asked.assess([FEATURES]).catch((error: unknown) => error));
  return errors;
}

describe('the risk model', () => {
  test('returns the prediction of the service', async () => {
    expect(await openModel().assess([FEATURES])).toEqual([GOOD]);
  });

  test.each([
    ['returns 500', () => new Response('boom', { status: 500 })],
    ['returns no JSON', () => new Response('{"risk_score": 0.')],
    ['returns a score of 7', () => Response.json({ ...GOOD, risk_score: 7 })],
    ['returns no score', () => Response.json({ ...GOOD, risk_score: null })],
    ['returns 10 MB', () => Response.json({ ...GOOD, filling: 'x'.repeat(10_000_000) })],
  ])('opens the breaker after exactly 5 failures in a row when the service %s', async (_, handler) => {
    respond = handler;
    const errors = await failing(8, openModel());
    expect(calls).toBe(5);
    for (const error of errors) expect(error).toMatchObject({ status: 503, code: 'model_unavailable' });
    expect(model?.status()).toMatchObject({ state: 'open', failures: 5, nextProbeAt: expect.any(String) });
    expect(errors.at(-1)).toMatchObject({ retryAfterSeconds: expect.any(Number) });
  });

  test('gives up on a hanging service after 800 ms each, 5 times, then fails at once', async () => {
    respond = () => new Promise(() => {});
    const hanging = openModel();
    const askFiveTimes = () =>
      Promise.all(Array.from({ length: 5 }, () => hanging.assess([FEATURES]).catch(() => {})));
    expect(await endsWithin(3000, askFiveTimes)).toBe(true);
    const tookMs = await fastestMs(() =>
      expect(hanging.assess([FEATURES])).rejects.toMatchObject({ code: 'model_unavailable' }),
    );
    expect(tookMs).toBeLessThan(100);
    expect(calls).toBe(5);
  });

  test('a rejection (4xx) is our fault: it counts neither as a failure nor as a success', async () => {
    const tested = openModel();
    const bad = () => new Response('', { status: 500 });
    respond = bad;
    await failing(4, tested);
    respond = () => new Response('', { status: 422 });
    await failing(3, tested);
    expect(tested.status()).toMatchObject({ state: 'closed', failures: 4 });
    respond = bad;
    await failing(1, tested);
    expect(tested.status().state).toBe('open');
  });

  test('a success starts the count anew', async () => {
    const tested = openModel();
    for (let round = 0; round < 3; round += 1) {
      respond = () => new Response('', { status: 500 });
      await failing(4, tested);
      respond = () => Response.json(GOOD);
      await tested.assess([FEATURES]);
    }
    expect(tested.status()).toMatchObject({ state: 'closed', failures: 0 });
  });

  test('after its pause one probe decides: closed when it succeeds, open again when it fails', async () => {
    respond = () => new Response('', { status: 500 });
    const tested = openModel(50);
    await failing(5, tested);
    await Bun.sleep(80);
    expect(tested.status().state).toBe('half-open');
    await failing(3, tested);
    expect(calls).toBe(6);
    await Bun.sleep(80);
    respond = () => Response.json(GOOD);
    expect(await tested.assess([FEATURES])).toEqual([GOOD]);
    expect(tested.status()).toMatchObject({ state: 'closed', failures: 0 });
  });

  test('at most 32 calls are in flight; the rest is rejected and not counted', async () => {
    const held = Promise.withResolvers<void>();
    respond = async () => {
      await held.promise;
      return Response.json(GOOD);
    };
    const tested = openModel();
    const questions = Array.from({ length: 40 }, () =>
      tested.assess([FEATURES]).catch((error: unknown) => error),
    );
    held.resolve();
    const results = await Promise.all(questions);
    expect(results.filter((result) => result instanceof Error)).toHaveLength(8);
    expect(results.at(-1)).toMatchObject({ code: 'model_busy', status: 503 });
    expect(tested.status()).toMatchObject({ state: 'closed', failures: 0 });
  });
});
