import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test';
import { eventually } from '../../tests/harness/engines.ts';
import {
  createTestRuntime,
  openTestBus,
  openTestDatabase,
  streams,
  untilAcknowledged,
} from '../../tests/harness/runtime.ts';
import { startConsumer } from '../../platform/consuming/consumer.ts';
import type { Database } from '../../platform/data/sql.ts';
import { openJsonPost } from '../../platform/http/json-post.ts';
import { NO_CERTIFICATES } from '../../platform/http/process-tls.ts';
import { createLineDecoder } from '../../platform/kernel/validation.ts';
import { DecisionMessage } from '../../platform/messaging/credit-topics.ts';
import { TOPICS } from '../../platform/messaging/topics.ts';
import { createAskModel } from '../../underwriting/model/ask-model.ts';
import { score } from '../../underwriting/scorecard.ts';
import { createChallengeDecisions } from './challenge-decisions.ts';

const runtime = createTestRuntime();
let database: Database;
let challenge: ReturnType<typeof createChallengeDecisions>;
/** A worker that does not know the version of its model yet. */
let openChallenge: () => typeof challenge;

const CALM = {
  transaction_count_30d: 20,
  avg_transaction_value_30d: 100,
  avg_positivity_7d: 0.5,
  stress_events_30d: 0,
};
const SAD = { ...CALM, avg_positivity_7d: 0.1, stress_events_30d: 12 };

type Instances = { instances?: Record<string, number>[] } & Record<string, number>;
const predict = (features: object) => ({
  ...score(features as typeof CALM, 'scorecard-2'),
  model_version: 'scorecard-2',
});
const respondWell = async (request: Request) => {
  const body = (await request.json()) as Instances;
  return Response.json(body.instances ? { predictions: body.instances.map(predict) } : predict(body));
};
/** A real HTTP server in the challenger's place; the test sets its responses. */
let respond: (request: Request) => Response | Promise<Response> = respondWell;
let calls = 0;
const server = Bun.serve({
  port: 0,
  fetch: (request) => {
    calls += 1;
    return respond(request);
  },
});
afterAll(() => server.stop(true));
afterEach(() => {
  respond = respondWell;
  calls = 0;
});

beforeAll(async () => {
  database = await openTestDatabase(runtime);
  const json = openJsonPost({
    url: new URL(`http://127.0.0.1:${server.port}/v1/predict`),
    timeoutMs: 2000,
    connections: 8,
    bytesMax: 100_000,
    tls: NO_CERTIFICATES,
  });
  runtime.lifecycle.onClose('model', json.close);
  const settings = { protocol: 'ecs', name: null, version: null, score: null, input: null } as const;
  const ask = createAskModel({ settings, post: json.post });
  openChallenge = () => createChallengeDecisions({ database, ask });
  challenge = openChallenge();
}, 30_000);

/** A stored analysis with the message that announces it. */
async function decision(change: Partial<DecisionMessage> = {}): Promise<DecisionMessage> {
  const [userId, analysisId] = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];
  await database.query(
    (sql) => sql`insert into users (id, email, password_hash) values (${userId}, ${userId}, 'x')`,
  );
  await database.query(
    (sql) => sql`
      insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version, features,
        contributions, reasons)
      values (${analysisId}, ${userId}, true, 0.4, 'scorecard-1', 'v1', ${sql.json(CALM)}, '{}', '[]')`,
  );
  const champion = (features: typeof CALM) => ({
    features,
    prediction: { ...score(features), model_version: 'scorecard-1' },
  });
  return {
    analysisId,
    userId,
    approved: true,
    reason: null,
    locale: 'en',
    jurisdiction: 'BR',
    versions: { features: 'features-2', model: 'scorecard-1', policy: 'v1', policy_hash: '' },
    twin: champion(CALM),
    full: champion(SAD),
    basis: 'full',
    decidedAt: new Date().toISOString(),
    traceId: null,
    ...change,
  };
}

function storedOf(decisions: DecisionMessage[]) {
  const ids = decisions.map(({ analysisId }) => analysisId);
  return database.query(
    (sql) => sql`
      select analysis_id as id, model, twin->'risk_score' as twin, "full"->'risk_score' as full, latency_ms as ms
      from challenger_predictions where analysis_id = any (${ids}::uuid[]) order by analysis_id`,
  );
}

describe('challenging decisions', () => {
  test('stores what the challenger says of the customer and the twin, in one call', async () => {
    const decided = await decision();
    expect(await challenge([decided])).toEqual([]);
    expect([...(await storedOf([decided]))]).toEqual([
      {
        id: decided.analysisId,
        model: 'scorecard-2',
        twin: score(CALM, 'scorecard-2').risk_score,
        full: score(SAD, 'scorecard-2').risk_score,
        ms: expect.any(Number),
      },
    ]);
    expect(calls).toBe(1);
  });

  test('leaves the customer away where emotions were not read', async () => {
    const decided = await decision({ full: null, basis: 'twin' });
    await challenge([decided]);
    expect(await storedOf([decided])).toMatchObject([{ full: null, twin: expect.any(Number) }]);
  });

  test('stores each decision once, however often and wherever it is delivered', async () => {
    const decided = await decision();
    await Promise.all([openChallenge()([decided]), openChallenge()([decided, decided])]);
    await challenge([decided]);
    expect(await storedOf([decided])).toHaveLength(1);
    const before = calls;
    await challenge([decided]);
    expect(calls).toBe(before);
  });

  test('asks with the names of the policy that decided', async () => {
    const decided = await decision({ versions: { ...(await decision()).versions, policy: 'named' } });
    const document = { features: { transaction_count_30d: { model_name: 'n_tx' } } };
    await database.query(
      (sql) => sql`
        insert into policies (version, document, hash, created_by)
        values ('named', ${sql.json(document)}, 'x', 'test')`,
    );
    const names = Promise.withResolvers<string[]>();
    respond = async (request) => {
      const body = (await request.json()) as Instances;
      names.resolve(Object.keys(body.instances?.[0] ?? {}));
      return Response.json({ predictions: [predict(CALM), predict(SAD)] });
    };
    await challenge([decided]);
    expect(await names.promise).toContain('n_tx');
  });

  test('rejects a decision whose features the model rejects, and stores the others', async () => {
    const decisions = [
      await decision(),
      await decision({
        full: null,
        twin: { ...(await decision()).twin, features: { ...CALM, transaction_count_30d: 13 } },
      }),
    ];
    respond = async (request) => {
      const text = await request.clone().text();
      return text.includes('"transaction_count_30d":13')
        ? new Response('', { status: 422 })
        : respondWell(request);
    };
    expect(await challenge(decisions)).toMatchObject([{ index: 1, code: 'model_rejected' }]);
    expect(await storedOf(decisions)).toHaveLength(1);
  });

  test.each([
    ['5xx', () => new Response('', { status: 503 })],
    ['no such path', () => new Response('', { status: 404 })],
    ['a risk of 7', () => Response.json({ risk_score: 7, model_version: 'x' })],
  ])('keeps what it has and asks for the rest again after %s', async (_, bad) => {
    const decisions = await Promise.all(Array.from({ length: 20 }, () => decision()));
    respond = (request) => (calls > 10 ? bad() : respondWell(request));
    await expect(challenge(decisions)).rejects.toMatchObject({ code: 'model_unavailable', retryable: true });
    const stored = (await storedOf(decisions)).length;
    expect(stored).toBeGreaterThan(0);
    respond = respondWell;
    calls = 0;
    await challenge(decisions);
    expect(await storedOf(decisions)).toHaveLength(20);
    expect(calls).toBe(20 - stored);
  });
});

test('a model that is down loses no decision of the stream: it is asked when it is back', async () => {
  const { bus } = await openTestBus(runtime);
  const decisions = await Promise.all([decision(), decision(), decision()]);
  respond = () => new Response('', { status: 503 });
  startConsumer({
    bus,
    database,
    topic: 'creditDecisions',
    durable: 'challenger',
    streams,
    decode: createLineDecoder(DecisionMessage),
    handle: challenge,
    ...runtime,
  });
  for (const decided of decisions) {
    await bus.publish(TOPICS.creditDecisions.subject, JSON.stringify(decided), { id: decided.analysisId });
  }
  await eventually('it was asked in vain', () => Promise.resolve(calls > 3));
  expect(await storedOf(decisions)).toHaveLength(0);
  respond = respondWell;
  await eventually('all are stored', async () => (await storedOf(decisions)).length === 3);
  await untilAcknowledged(bus, { ...TOPICS.creditDecisions, durables: ['challenger'] });
}, 30_000);
