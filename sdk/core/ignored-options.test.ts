import { describe, expect, test } from 'bun:test';
import { EcsClient } from '../client.ts';
import { EcsOperatorClient } from '../operators/client.ts';
import { createFakeEcs } from '../testing/fake-ecs.ts';
import { readRetryAfterMs } from './error-of-response.ts';
import { EcsArgumentError } from './errors.ts';
import { failureOf, startTestServer, USER } from './test-server.ts';

const baseUrl = 'http://localhost:1';
const send = () => Promise.reject(new Error('it was sent'));
const ecs = new EcsClient({ baseUrl, maxRetries: 0, fetch: send });
const operator = new EcsOperatorClient({ baseUrl, maxRetries: 0, fetch: send });
const event = { userId: USER, amount: 1 };
const headers = (given: object) => () => ecs.offers.get(USER, { headers: given as never });

describe('what would be taken and ignored is refused, and nothing is sent', () => {
  test.each<[string, () => PromiseLike<unknown>, string]>([
    [
      'a key of a PATCH',
      () => ecs.webhooks.change(USER, {}, { idempotencyKey: 'k' } as never),
      'a PATCH has no',
    ],
    [
      'a key of a PUT',
      () => ecs.consents.give(USER, 'offers', '1', { idempotencyKey: 'k' } as never),
      'a PUT',
    ],
    ['a key of a GET', () => ecs.request('GET', '/v1', { idempotencyKey: 'k' }), 'a GET has no'],
    ['a number for options', () => ecs.emotions.summary(USER, 7 as never), 'options must be'],
    ['a page for options', () => ecs.offers.list(USER, 2 as never), 'options must be'],
    ['a cursor for options', () => ecs.notifications.list(USER, 5 as never), 'options must be'],
    ['a size for options', () => ecs.analyses.list(USER, 5 as never), 'options must be'],
    ['a reason for options', () => ecs.offers.close(USER, true as never), 'options must be'],
    ['a flag for options', () => ecs.reviews.request(USER, true as never), 'options must be'],
    ['a number for options of a write', () => ecs.transactions.send(event, 5 as never), 'options must be'],
    ['a Map of headers', headers(new Map([['x-tenant', 'blue']])), 'headers must be a plain object'],
    ['Headers', headers(new Headers({ 'x-tenant': 'blue' })), 'headers must be a plain object'],
    ['a header in two cases', headers({ 'X-Tenant': 'blue', 'x-tenant': 'green' }), 'it is there twice'],
    ['an encoding of the body', headers({ 'Content-Encoding': 'gzip' }), 'that of the body'],
    ['a condition', headers({ 'If-None-Match': '"1"' }), 'the client reads JSON'],
    [
      'a query of URLSearchParams',
      () => ecs.request('GET', '/v1', { query: new URLSearchParams('a=b') as never }),
      'query must be',
    ],
    [
      'params of a Map',
      () => ecs.request('GET', '/v1/{a}', { params: new Map() as never }),
      'params must be',
    ],
    ['a number for a query', () => operator.customers.timeline(USER, 7 as never), 'query must be'],
    ['a Map for a filter', () => operator.audit.list(new Map() as never), 'query must be'],
    [
      'an unknown option of a writer',
      () => ecs.transactions.stream().write(event, { sginal: 1 } as never),
      '"sginal"',
    ],
    [
      'an unknown option of a flush',
      () => ecs.transactions.stream().flush({ timeoutMs: 1 } as never),
      '"timeoutMs"',
    ],
    [
      'a follower without a function',
      () => operator.policies.followBacktest('v1', {}, { onProgress: 1 } as never),
      'onProgress',
    ],
  ])('%s', async (_, work, words) => {
    const error = await failureOf(Promise.resolve().then(work));
    expect(error).toBeInstanceOf(EcsArgumentError);
    expect((error as Error).message).toContain(words);
  });

  test.each<[string, object]>([
    ['a Map', { names: new Map([['a', 1]]) }],
    ['a Set', { names: new Set([1]) }],
    ['bytes', { names: new Uint8Array([1]) }],
    ['an invalid Date', { names: new Date(Number.NaN) }],
    ['a hole in a list', { names: [1, undefined] }],
    ['a pattern', { names: /a/ }],
    ['a body that is a Date', new Date(0)],
  ])('%s in a body, which JSON writes as something else', async (_, body) => {
    expect(await failureOf(ecs.request('POST', '/v1', { body }))).toBeInstanceOf(EcsArgumentError);
  });

  test('a batch beyond the API of a writer, and options of the fake that there are not', () => {
    expect(() => ecs.transactions.stream({ batchEventsMax: 1001 })).toThrow('from 1 to 1000');
    expect(() => ecs.transactions.stream({ batchBytesMax: 2 ** 20 + 1 })).toThrow('from 1 to 1048576');
    expect(() => createFakeEcs({ activation: 5 } as never)).toThrow('is it activationMs?');
    const fake = createFakeEcs();
    expect(() => fake.failNext({ time: 5 } as never)).toThrow('is it times?');
    expect(() => fake.failNext({ with: 'timeout' } as never)).toThrow('one of connection, lost, hang');
  });
});

test('a body with dates, nested lists and optional fields is sent as it is', async () => {
  await using server = startTestServer(() => Response.json({}));
  const body = {
    at: new Date(0),
    list: [[1], { a: null }],
    absent: undefined,
    own: new (class {
      b = 1;
    })(),
  };
  await server.client().request('POST', '/v1', { body });
  expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    list: [[1], { a: null }],
    own: { b: 1 },
  });
});

test('a POST alone carries a key', async () => {
  await using server = startTestServer(() => Response.json({ items: [] }));
  const client = server.client().withOptions({ idempotencyKey: 'mine' });
  await client.analyses.create(USER).catch(() => {});
  await client.webhooks.change(USER, { description: '' });
  await client.offers.list(USER).catch(() => {});
  expect(
    server.requests.map(({ method, headers: received }) => [method, received.get('idempotency-key')]),
  ).toEqual([
    ['POST', 'mine'],
    ['PATCH', null],
    ['GET', null],
  ]);
});

test("a token takes the place of the platform's key, which would make the customer's events its own", async () => {
  await using server = startTestServer(() => Response.json({ items: [] }));
  const platform = server.client({ internalKey: 'key' });
  await platform.withOptions({ token: 'token' }).webhooks.list();
  const [request] = server.requests;
  expect([request?.headers.get('authorization'), request?.headers.get('x-internal-key')]).toEqual([
    'Bearer token',
    null,
  ]);
});

test.each([
  ['7', 7000],
  [' 120 ', 120_000],
  ['99999999999', 99_999_999_999_000],
  ['Thu, 01 Jan 1970 00:00:09 GMT', 5000],
  ['Thursday, 01-Jan-70 00:00:09 GMT', 5000],
  ['-1', null],
  ['0.5', null],
  ['120, 120', null],
  ['1e3', null],
  ['tomorrow', null],
  ['', null],
])('Retry-After %p is %p ms: no number is read as a date of long ago', (text, ms) => {
  expect(readRetryAfterMs(text, 4000)).toBe(ms);
});
