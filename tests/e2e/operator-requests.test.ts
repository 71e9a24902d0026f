import { beforeAll, expect, test } from 'bun:test';
import type { TSchema } from '@sinclair/typebox';
import fc from 'fast-check';
import { problemsOf } from '../../apps/gateway/docs/problems.ts';
import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { ENDPOINT_LIST } from '../../sdk/contracts/endpoints.ts';
import { EcsClient } from '../../sdk/index.ts';
import { type ExistingValues, valuesOf, writeJson, writeText } from '../harness/generated-values.ts';
import { newOperator, type TestOperator } from '../harness/operators.ts';
import { bearer, newCustomer, useSystem } from '../harness/system.ts';
import { casesOf } from '../harness/tier.ts';

/**
 * An operator with every role sends requests that are made of the endpoints' own schemas, mostly right: each
 * gets a response of the document. `OPERATOR_REQUESTS=100000 npm test -- tests/e2e/operator-requests` goes on
 * for longer.
 */
const REQUESTS = casesOf('OPERATOR_REQUESTS', { quick: 600, slow: 2000 });
const AT_ONCE = 4;
/** In each failure; `OPERATOR_SEED` makes the same requests again. */
const SEED = Number(process.env.OPERATOR_SEED ?? Date.now() % 1_000_000_000);

const system = useSystem({ split: false, variables: { WEBHOOK_ALLOW_NETWORKS: '127.0.0.0/8' } });
const ids: Record<string, string[]> = { version: ['v1', 'prudent-1'], url: ['https://127.0.0.1/hook'] };
let operator: TestOperator;

beforeAll(async () => {
  const { url } = system();
  operator = await newOperator(system());
  const customer = await newCustomer(url);
  const ecs = new EcsClient({ baseUrl: url, token: customer.token });
  const { analysis_id: analysisId } = await ecs.analyses.create(customer.id);
  const { review_id: reviewId } = await ecs.reviews.request(analysisId);
  ids.user_id = [customer.id];
  ids.analysis_id = [analysisId];
  ids.review_id = [reviewId];
  ids.evidence_id = [analysisId];
  ids.chain = ['acts', 'decisions'];
}, 60_000);

interface Shot {
  endpoint: Endpoint;
  params: Record<string, unknown>;
  query: Record<string, unknown>;
  body: unknown;
}

const ofOperators = ENDPOINT_LIST.map(([, endpoint]): Endpoint => endpoint).filter(
  ({ auth }) => auth === 'operator',
);

function shotsOf(endpoint: Endpoint, values: ExistingValues): fc.Arbitrary<Shot> {
  const params = Object.keys(endpoint.params ?? {}).map((name) => {
    const id = values[name]?.length ? fc.constantFrom(...values[name]) : fc.uuid();
    return [name, fc.oneof({ weight: 9, arbitrary: id }, fc.string({ minLength: 1 }))] as const;
  });
  return fc.record({
    endpoint: fc.constant(endpoint),
    params: fc.record(Object.fromEntries(params)),
    query: endpoint.query ? queriesOf(endpoint.query, values) : fc.constant({}),
    body: endpoint.body ? valuesOf(endpoint.body.schema, values) : fc.constant(null),
  });
}

/** No texts: one of 20,000 characters has as many parameters, and the listener refuses such a head itself. */
const queriesOf = (schema: TSchema, values: ExistingValues) =>
  valuesOf(schema, values).filter((query) => typeof query === 'object') as fc.Arbitrary<
    Record<string, unknown>
  >;

async function fire({ endpoint, params, query, body }: Shot): Promise<void> {
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(writeText(params[name])),
  );
  const search = new URLSearchParams(
    Object.entries(query ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, writeText(value).slice(0, 300)]],
    ),
  );
  const response = await fetch(`${system().url}${path}?${search}`, {
    method: endpoint.method,
    headers: { ...bearer(operator), 'content-type': 'application/json' },
    ...(endpoint.body ? { body: writeJson(body) } : {}),
  });
  const text = await response.text();
  const place = `seed ${SEED}: ${endpoint.method} ${endpoint.path}: ${response.status}`;
  if (response.ok) return remember(text);
  const { code } = JSON.parse(text) as { code: string };
  const codes = problemsOf(endpoint)[response.status] ?? [];
  // An id that is empty or has a slash makes another path.
  expect([place, code === 'not_found' ? code : codes.find((documented) => documented === code)]).toEqual([
    place,
    code,
  ]);
  // One backtest runs at a time, and a few verifications.
  if (response.status >= 500) expect([place, code]).toEqual([place, 'overloaded']);
}

/** Later requests name new things. */
function remember(text: string): void {
  if (!text.startsWith('{')) return;
  const thing = JSON.parse(text) as Record<string, unknown>;
  for (const name of ['webhook_id', 'client_id', 'version']) {
    const value = thing[name];
    if (typeof value === 'string') ids[name] = [...(ids[name] ?? []), value].slice(-5);
  }
}

test(
  `${REQUESTS} generated requests of operators get responses of the document, and no 5xx`,
  async () => {
    const { children } = system().state();
    for (let round = 0; round < REQUESTS / ofOperators.length; round += 1) {
      const shots = ofOperators.flatMap((endpoint, index) =>
        fc.sample(shotsOf(endpoint, ids), { numRuns: 1, seed: SEED + round * ofOperators.length + index }),
      );
      for (let at = 0; at < shots.length; at += AT_ONCE) {
        await Promise.all(shots.slice(at, at + AT_ONCE).map(fire));
      }
    }
    expect(system().state().children).toEqual(children);
  },
  60_000 + REQUESTS * 50,
);
