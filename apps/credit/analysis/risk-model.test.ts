import { afterAll, afterEach, describe, expect, test } from 'bun:test';
import { NO_CERTIFICATES } from '../../../platform/http/process-tls.ts';
import type { ModelSettings } from '../../../underwriting/model/model-settings.ts';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import { eventually } from '../../../tests/harness/engines.ts';
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
let respond: (request: Request) => Response | Promise<Response> = () => Response.json(GOOD);
let calls = 0;
const server = Bun.serve({
  port: 0,
  fetch: (request) => {
    calls += 1;
    return respond(request);
  },
});
afterAll(() => server.stop(true));

let model: RiskModel | undefined;
const ECS = { protocol: 'ecs', name: null, version: null, score: null, input: null } as const;

function openModel(openMs = 30_000, settings: ModelSettings = ECS): RiskModel {
  calls = 0;
  model = openRiskModel({
    url: `http://127.0.0.1:${server.port}`,
    settings,
    log,
    metrics,
    tls: NO_CERTIFICATES,
    openMs,
  });
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
    const probeInMs = Date.parse(model?.status().nextProbeAt ?? '') - Date.now();
    expect(probeInMs).toBeGreaterThan(25_000);
    expect(probeInMs).toBeLessThanOrEqual(30_000);
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

describe('a model that takes one vector a call', () => {
  const refuseSeveral = async (request: Request) => {
    const body = (await request.json()) as object;
    return 'instances' in body ? new Response('', { status: 422 }) : Response.json(GOOD);
  };

  test('is asked one by one after its first rejection of several', async () => {
    respond = refuseSeveral;
    const tested = openModel();
    expect(await tested.assess([FEATURES, FEATURES])).toEqual([GOOD, GOOD]);
    expect(calls).toBe(3);
    await tested.assess([FEATURES, FEATURES]);
    expect(calls).toBe(5);
    expect(tested.status()).toMatchObject({ state: 'closed', failures: 0 });
  });

  test('is not what a model is that rejects single vectors as well, or has too many requests', async () => {
    const tested = openModel();
    for (const [status, callsOfOne] of [
      [422, 3],
      [429, 1],
    ] as const) {
      calls = 0;
      respond = () => new Response('', { status });
      await expect(tested.assess([FEATURES, FEATURES])).rejects.toMatchObject({ code: 'model_unavailable' });
      expect(calls).toBe(callsOfOne);
    }
    respond = async (request) => {
      const body = (await request.json()) as { instances?: unknown[] };
      return Response.json({ predictions: body.instances?.map(() => GOOD) });
    };
    calls = 0;
    expect(await tested.assess([FEATURES, FEATURES])).toEqual([GOOD, GOOD]);
    expect(calls).toBe(1);
  });

  test('gets at most 8 requests at once for explanations, and none after their time', async () => {
    respond = refuseSeveral;
    const tested = openModel();
    await tested.assess([FEATURES, FEATURES]);
    calls = 0;
    const held = Promise.withResolvers<void>();
    respond = async () => {
      await held.promise;
      return Response.json(GOOD);
    };
    const vectors = Array.from({ length: 100 }, () => FEATURES);
    const ends = [new AbortController(), new AbortController()];
    const [first, second] = ends.map(({ signal }) =>
      tested.assess(vectors, { signal, isBackground: true }).catch((error: unknown) => error),
    );
    const decision = tested.assess([FEATURES, FEATURES]);
    await eventually('the decision is asked beside the explanations', () => Promise.resolve(calls === 10));
    // All places are the first one's: the second ends at its own time all the same.
    ends[1]?.abort();
    expect(await second).toBeInstanceOf(Error);
    // Its own end says nothing about the model.
    expect(tested.status()).toMatchObject({ state: 'closed', failures: 0 });
    ends[0]?.abort();
    held.resolve();
    expect(await decision).toEqual([GOOD, GOOD]);
    expect(await first).toBeInstanceOf(Error);
    // 8 of the explanations' 200 vectors, and the 2 of the decision.
    expect(calls).toBe(10);
    respond = () => Response.json(GOOD);
    const again = await tested.assess(vectors, { signal: new AbortController().signal, isBackground: true });
    expect(again).toHaveLength(100);
    // An explanation that its own time ended says nothing about the model.
    expect(tested.status()).toMatchObject({ state: 'closed', failures: 0 });
  });
});

describe('a model of another protocol', () => {
  /** A server that follows the documentation of KServe's V1 protocol and of MLflow's scoring server. */
  const documented = async (request: Request) => {
    const { pathname } = new URL(request.url);
    const body = (await request.json()) as {
      instances?: unknown[];
      dataframe_split?: { columns: string[]; data: number[][] };
    };
    if (pathname === '/v1/models/risk:predict' && body.instances) {
      return Response.json({ predictions: body.instances.map(() => [0.6, 0.4]) });
    }
    if (pathname === '/invocations' && body.dataframe_split) {
      const column = body.dataframe_split.columns.indexOf('n_transactions');
      return Response.json({ predictions: body.dataframe_split.data.map((row) => (row[column] ?? 9) / 10) });
    }
    return new Response('', { status: 404 });
  };
  const names = {
    transaction_count_30d: 'n_transactions',
    avg_transaction_value_30d: 'mean_amount',
    avg_positivity_7d: 'positivity',
    stress_events_30d: 'stress',
  };

  test.each([
    ['kserve-v1', { name: 'risk', version: null }, { risk_score: 0.4, model_version: 'risk' }],
    ['mlflow', { name: null, version: '7' }, { risk_score: 0.1, model_version: '7' }],
  ] as const)('%s returns predictions in order', async (protocol, change, prediction) => {
    respond = documented;
    const tested = openModel(30_000, { ...ECS, protocol, ...change });
    expect(await tested.assess([FEATURES, FEATURES], { names })).toEqual([prediction, prediction]);
    expect(calls).toBe(1);
  });

  test.each([
    ['NaN', '{"predictions": [NaN]}'],
    ['a risk of 1.5', '{"predictions": [1.5]}'],
    ['two predictions', '{"predictions": [0.1, 0.2]}'],
    ['an error page', '<html>'],
  ])('opens the breaker after 5 responses of %s', async (_, text) => {
    respond = () => new Response(text);
    const tested = openModel(30_000, { ...ECS, protocol: 'mlflow' });
    await failing(5, tested);
    expect(tested.status().state).toBe('open');
  });
});
