import { beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import { problemsOf } from '../../apps/gateway/docs/problems.ts';
import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { ENDPOINT_LIST } from '../../sdk/contracts/endpoints.ts';
import { type Customer, newCustomer, useSystem } from '../harness/system.ts';
import { casesOf } from '../harness/tier.ts';

/**
 * Bad input never gets a 5xx, a hang or a crash, and no response but those of the document.
 * `FUZZ_REQUESTS=2000000 npm test -- tests/e2e/fuzz` goes on for longer.
 */
const REQUESTS = casesOf('FUZZ_REQUESTS', { quick: 4000, slow: 20_000 });
const AT_ONCE = 50;
const ANSWER_MS = 10_000;

const system = useSystem({ split: false });
let customer: Customer;

beforeAll(async () => {
  customer = await newCustomer(system().url);
});

interface Shot {
  endpoint: Endpoint;
  method: string;
  parameter: string;
  query: string;
  auth: 'token' | 'key' | 'none' | 'garbage';
  contentType: string | null;
  key: string | null;
  body: string | Uint8Array<ArrayBuffer>;
}

/** Almost valid values, and entirely wrong ones. */
const almostEvent = fc.record(
  {
    userId: fc.oneof(fc.constant('$user'), fc.uuid(), fc.string(), fc.integer()),
    eventId: fc.oneof(fc.uuid(), fc.string()),
    timestamp: fc.oneof(fc.date().map(String), fc.constant('2026-02-30T00:00:00Z'), fc.string()),
    occurredAt: fc.oneof(fc.constant('9999-12-31T23:59:59Z'), fc.constant(null)),
    amount: fc.oneof(fc.double(), fc.constant('1e999'), fc.constant(-0), fc.bigInt().map(String)),
    email: fc.oneof(fc.emailAddress(), fc.string({ unit: 'binary' })),
    password: fc.string({ maxLength: 2000 }),
    emotionEvent: fc.oneof(
      fc.record({ type: fc.string({ unit: 'binary' }), metrics: fc.dictionary(fc.string(), fc.double()) }),
      fc.anything(),
    ),
    __proto__: fc.anything(),
  },
  { requiredKeys: [] },
);
const toText = (value: unknown) =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? '';
const GOOD = [
  {
    userId: '$user',
    timestamp: '2026-01-31T12:00:00Z',
    emotionEvent: { type: 'calm', metrics: { positivity: 1, intensity: 0, stress_level: 0.5 } },
  },
  { userId: '$user', amount: 12.5 },
];
const EVENTS = ENDPOINT_LIST.map(([, endpoint]) => endpoint).filter(
  ({ auth }) => auth === 'internal-or-bearer',
);
const body = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...GOOD.map(toText)) },
  { weight: 5, arbitrary: almostEvent.map(toText) },
  {
    weight: 2,
    arbitrary: fc.array(almostEvent, { maxLength: 5 }).map((events) => events.map(toText).join('\n')),
  },
  { weight: 2, arbitrary: fc.json({ maxDepth: 8 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 500 }).map((bytes) => new Uint8Array(bytes)) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 50_000 }).map((depth) => '['.repeat(depth)) },
);
const shots: fc.Arbitrary<Shot> = fc.record({
  // As often one that takes events as any other.
  endpoint: fc.oneof(
    fc.constantFrom(...ENDPOINT_LIST.map(([, endpoint]) => endpoint)),
    fc.constantFrom(...EVENTS),
  ),
  method: fc.oneof(
    { weight: 6, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS') },
  ),
  parameter: fc.oneof(fc.constant('$user'), fc.uuid(), fc.string({ minLength: 1 }).map(encodeSafely)),
  query: fc.oneof(
    fc.constant(''),
    fc.constantFrom('?page=-1', '?page=1e9', '?page_size=x', '?cursor=99999999999999999999', '?days=0'),
    fc.string().map((text) => `?${encodeSafely(text)}`),
  ),
  auth: fc.constantFrom('token', 'key', 'none', 'garbage'),
  contentType: fc.oneof(
    { weight: 5, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/json; charset=utf-16', '//', '*/*') },
  ),
  key: fc.oneof(fc.constant(null), fc.uuid(), fc.stringMatching(/^[ -~]{0,300}$/)),
  body,
});

function encodeSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function endpointOf(method: string, path: string): Endpoint | undefined {
  return ENDPOINT_LIST.find(([, endpoint]) => endpoint.method === method && endpoint.path === path)?.[1];
}

/** The status, and the problem code that the document does not tell of, if it is one. */
async function fire(shot: Shot): Promise<{ status: number; undocumented: string | null }> {
  const method = shot.method || shot.endpoint.method;
  const endpoint = endpointOf(method, shot.endpoint.path) ?? shot.endpoint;
  const fillUser = (text: string) => text.replaceAll('$user', customer.id);
  const path = endpoint.path.replace(/\{\w+\}/g, fillUser(shot.parameter)) + shot.query;
  const headers = new Headers();
  if (shot.auth === 'token') headers.set('authorization', `Bearer ${customer.token}`);
  if (shot.auth === 'key') headers.set('x-internal-key', system().internalKey);
  if (shot.auth === 'garbage') headers.set('authorization', 'Bearer e30.e30.');
  if (shot.key !== null) headers.set('idempotency-key', shot.key);
  headers.set('content-type', shot.contentType ?? endpoint.body?.contentType ?? 'application/json');
  const content = typeof shot.body === 'string' ? fillUser(shot.body) : shot.body;
  const response = await fetch(`${system().url}${path}`, {
    method,
    headers,
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: content }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const { status } = response;
  const text = await response.text();
  if (method === 'OPTIONS' && status === 204) return { status, undocumented: null };
  if (method === 'HEAD') return { status, undocumented: text === '' ? null : 'HEAD with a body' };
  if (status < 400) return { status, undocumented: status === endpoint.response.status ? null : `${status}` };
  const { code } = JSON.parse(text) as { code: string };
  // An id that is empty or has a slash makes another path.
  const isDocumented =
    problemsOf(endpoint)[status]?.some((candidate) => candidate === code) || code === 'not_found';
  return {
    status,
    undocumented: isDocumented ? null : `${endpoint.method} ${endpoint.path}: ${status} ${code}`,
  };
}

test(
  `${REQUESTS} generated requests get no 5xx, no hang, no crash`,
  async () => {
    const before = system()
      .state()
      .children.map(({ name, pid }) => ({ name, pid }));
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(shots, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (volley) => {
        for (const { status, undocumented } of await Promise.all(volley.map(fire))) {
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          expect(status).toBeLessThan(500);
          expect(undocumented).toBeNull();
        }
      }),
      { numRuns: Math.ceil(REQUESTS / AT_ONCE), endOnFailure: true },
    );
    // The generated requests reach more than the first rejection.
    expect([...statuses.keys()]).toContain(422);
    expect([...statuses.keys()]).toContain(202);
    expect(
      system()
        .state()
        .children.map(({ name, pid }) => ({ name, pid })),
    ).toEqual(before);
  },
  60_000 + REQUESTS * 5,
);
