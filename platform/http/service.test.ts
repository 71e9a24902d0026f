import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import fc from 'fast-check';
import { Closed } from '../../sdk/contracts/common.ts';
import { type Endpoint, OWNER, response } from '../../sdk/contracts/endpoint.ts';
import type { Problem } from '../../sdk/contracts/problem.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { type AppError, problem } from '../kernel/errors.ts';
import { GROUP, packRequests, unpackResponses } from './request-group.ts';
import { Elysia } from 'elysia';
import type { Call, HandlerResult } from './call.ts';
import { contract } from './contract.ts';
import { createOperatorTokens } from './operator-token.ts';
import { createPartnerTokens } from './partner-token.ts';
import { elysiaPath } from './http.ts';
import { createHttpService } from './service.ts';
import type { Logger } from '../kernel/log.ts';
import { createMetrics } from '../kernel/metrics.ts';
import { createSecretCheck, createTokens } from './token.ts';

const runtime = createTestRuntime();
const tokens = createTokens({ secretKey: 'a key of the tests, long enough for it' });
const operators = createOperatorTokens({ secretKey: 'a key of the tests, long enough for it' });
const partners = createPartnerTokens({ secretKey: 'a key of the tests, long enough for it' });
const [internalKey, oldInternalKey] = ['an internal key', 'the one before it'];
const userId = Bun.randomUUIDv7();
const { token } = await tokens.sign(userId);
const BYTES_MAX = 2000;

const Thing = Closed({ name: Type.String({ pattern: '^[a-z]+$', maxLength: 9 }), size: Type.Integer() });
const THING = {
  method: 'POST',
  path: '/v1/users/{user_id}/things',
  summary: 'of the test',
  auth: 'bearer',
  body: { schema: Thing, contentType: 'application/json', bytesMax: BYTES_MAX },
  query: Closed({ page: Type.Optional(Type.Integer({ minimum: 1, maximum: 9 })) }),
  response: response(202, Type.Object({}), 'taken', {}),
  tag: 'credit',
  service: 'credit',
  priority: 'normal',
  params: { user_id: OWNER },
  problems: [],
} as const satisfies Endpoint;

const optionsOf = (log: Logger) => ({
  name: 'test',
  keys: { tokens, operators, partners, isInternalKey: createSecretCheck(`${internalKey},${oldInternalKey}`) },
  inFlightMax: 100,
  ...runtime,
  log,
});

function serveThing(
  handle: (call: Call, query: unknown) => Promise<HandlerResult> = async () => ({ status: 'taken' }),
  changes = {},
) {
  const logged: Record<string, unknown>[] = [];
  const record = (fields: Record<string, unknown>) => void logged.push(fields);
  const log = { error: record, warn: record } as unknown as Logger;
  const endpoint: Endpoint = { ...THING, ...changes };
  const service = createHttpService({ ...optionsOf(log), ...changes }, (plugin) =>
    new Elysia({ name: 'test' })
      .use(plugin)
      .post(elysiaPath(endpoint.path), async ({ call, query }) => handle(call, query), contract(endpoint)),
  );
  return { logged, ask: (request: Request): Promise<Response> => Promise.resolve(service.handle(request)) };
}

const good = JSON.stringify({ name: 'thing', size: 3 });
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const at = (path: string, init: RequestInit = {}) =>
  new Request(`http://localhost${path}`, { method: 'POST', headers, body: good, ...init });
const things = (init: RequestInit = {}, query = '') => at(`/v1/users/${userId}/things${query}`, init);

async function problemOf(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await response.json()) as Problem;
  expect(problem.status).toBe(response.status);
  expect(problem.requestId).toBe(response.headers.get('x-request-id') ?? '');
  return problem;
}

describe('a service', () => {
  test('gives the handler authenticated and valid input, and returns its result', async () => {
    const calls: unknown[] = [];
    const { ask } = serveThing(async (call, query) => {
      calls.push({ ...call, query });
      return { status: 'taken' };
    });
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    const idempotencyKey = 'k'.repeat(255);
    const extra = { traceparent, 'x-request-id': 'mine', 'idempotency-key': idempotencyKey };
    const response = await ask(things({ headers: { ...headers, ...extra } }, '?page=2'));
    expect([response.status, response.headers.get('x-request-id')]).toEqual([202, 'mine']);
    expect(await response.json()).toEqual({ status: 'taken' });
    expect(calls).toMatchObject([
      {
        principal: { kind: 'customer', userId },
        params: { user_id: userId },
        body: { name: 'thing', size: 3 },
        query: { page: 2 },
        requestId: 'mine',
        traceId: 'ab'.repeat(16),
        idempotencyKey,
      },
    ]);
  });

  test('lets a request without a trace be found by its own id', async () => {
    const traces: string[] = [];
    const { ask } = serveThing(async (call) => {
      traces.push(call.traceId);
      return { status: 'taken' };
    });
    const requestId = Bun.randomUUIDv7();
    const ids = [requestId.toUpperCase(), 'mine', 'mine', 'yours', '00000000-0000-0000-0000-000000000000'];
    for (const id of ids) await ask(things({ headers: { ...headers, 'x-request-id': id } }));
    const response = await ask(things({ headers }));
    expect(traces[0]).toBe(requestId.replaceAll('-', ''));
    expect(traces[1]).toBe(traces[2] ?? '');
    expect(new Set(traces).size).toBe(5);
    expect(traces[5]).toBe((response.headers.get('x-request-id') ?? '').replaceAll('-', ''));
    for (const trace of traces) expect(trace).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  });

  test('rejects in one order, whatever else is wrong: principal, method, own path, type, size, JSON, schema', async () => {
    const { ask } = serveThing();
    const ladder = [
      ['anonymous', 401],
      ['method', 405],
      ['foreign', 404],
      ['type', 415],
      ['large', 413],
      ['broken', 400],
      ['invalid', 422],
    ] as const;
    const faults = fc.subarray(ladder.map(([fault]) => fault));
    await fc.assert(
      fc.asyncProperty(faults, async (wrong) => {
        const has = (fault: (typeof wrong)[number]) => wrong.includes(fault);
        const text = has('invalid') ? JSON.stringify({ name: 'thing', size: 'x', more: 1 }) : good;
        const body = (has('broken') ? `{${text}` : text) + (has('large') ? ' '.repeat(BYTES_MAX) : '');
        const response = await ask(
          at(`/v1/users/${has('foreign') ? Bun.randomUUIDv7() : userId}/things`, {
            method: has('method') ? 'PUT' : 'POST',
            body,
            headers: {
              ...(has('anonymous') ? {} : { authorization: headers.authorization }),
              'content-type': has('type') ? 'text/plain' : 'application/json; charset=utf-8',
            },
          }),
        );
        const first = ladder.find(([fault]) => has(fault));
        expect(response.status).toBe(first ? first[1] : 202);
        if (first) await problemOf(response);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['no length', () => new Blob(['x'.repeat(BYTES_MAX + 1)]).stream(), {}],
    ['a length that lies', () => 'x'.repeat(BYTES_MAX + 1), { 'content-length': '10' }],
    ['a length that is enough', () => 'x', { 'content-length': String(BYTES_MAX + 1) }],
  ])('rejects a body that is too large with %s', async (_, body, more) => {
    const init: RequestInit = { body: body(), headers: { ...headers, ...more } };
    expect((await problemOf(await serveThing().ask(things(init)))).code).toBe('content_too_large');
  });

  test.each([
    ['bytes that are not UTF-8', things({ body: Uint8Array.of(0x22, 0xff, 0x22) }), 400, 'malformed_body'],
    ['an empty body', things({ body: '' }), 400, 'malformed_body'],
    ['a bad query', things({}, '?page=ten'), 422, 'invalid_request'],
    [
      'a charset that is not UTF-8',
      things({ headers: { ...headers, 'content-type': 'application/json; a=b; Charset="utf-16le"' } }),
      415,
      'unsupported_media_type',
    ],
    [
      'a write if its tag is another',
      things({ headers: { ...headers, 'if-match': 'W/"1"' } }),
      412,
      'precondition_failed',
    ],
    [
      'a write if nothing is there',
      things({ headers: { ...headers, 'if-none-match': '*' } }),
      412,
      'precondition_failed',
    ],
    ['an unknown query', things({}, '?pages=1'), 422, 'invalid_request'],
    ['a bad idempotency key', things({ headers: { ...headers, 'idempotency-key': 'a b' } }), 422, null],
    [
      'an idempotency key of 256 characters',
      things({ headers: { ...headers, 'idempotency-key': 'k'.repeat(256) } }),
      422,
      'invalid_idempotency_key',
    ],
    ['an unknown path', at('/v1/nothing'), 404, 'not_found'],
    ['a token of nobody', things({ headers: { ...headers, authorization: 'Bearer a.b.c' } }), 401, null],
    [
      'the internal key where only customers may',
      things({ headers: { 'x-internal-key': internalKey } }),
      401,
      null,
    ],
  ])('returns the problem of %s', async (_, request, status, code) => {
    const problem = await problemOf(await serveThing().ask(request));
    expect(problem.status).toBe(status);
    if (code) expect(problem.code).toBe(code);
  });

  test('one internal key of a rotated list is enough, a wrong one is rejected although the token beside it is good', async () => {
    const { ask } = serveThing(undefined, { auth: 'internal-or-bearer', path: '/v1/things', params: {} });
    const withKey = (key: string) => at('/v1/things', { headers: { ...headers, 'x-internal-key': key } });
    for (const wrong of ['wrong', '', `${internalKey},${oldInternalKey}`]) {
      expect((await ask(withKey(wrong))).status).toBe(401);
    }
    for (const good of [internalKey, oldInternalKey]) expect((await ask(withKey(good))).status).toBe(202);
  });

  test('never returns a value of the request', async () => {
    const { ask } = serveThing();
    const marker = 'Tell-Nobody-4711';
    const bodies = [
      `{"name": "${marker}", "size": 1}`,
      `{"name": "thing", "size": "${marker}"}`,
      `{"name": "thing", "size": 1, "more": "${marker}"}`,
      `{"name": "${marker}`,
      `"${marker}"`,
    ];
    const requests = [
      ...bodies.map((body) => things({ body })),
      things({}, `?page=${marker}`),
      things({ headers: { ...headers, authorization: `Bearer ${marker}` } }),
      things({ headers: { ...headers, 'content-type': marker } }),
      things({ headers: { ...headers, 'idempotency-key': `${marker} ` + marker } }),
      at(`/v1/users/${marker}/things`),
      at(`/v1/${marker}`),
    ];
    for (const request of requests) {
      const response = await ask(request);
      expect(response.status).toBeGreaterThanOrEqual(400);
      const text = await response.text();
      expect(text).not.toContain(marker);
      expect(text).not.toContain('node_modules');
    }
  });

  test('returns the endpoint status or a problem of the principal for any body, never with a 5xx', async () => {
    const { ask } = serveThing();
    const bodies = fc.oneof(fc.json(), fc.string(), fc.uint8Array());
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const { status } = await ask(things({ body: typeof body === 'string' ? body : Buffer.from(body) }));
        expect([202, 400, 413, 422]).toContain(status);
      }),
      { numRuns: 300 },
    );
  });

  test('returns a bare 500 for a bug and its request id, and logs it', async () => {
    const { ask, logged } = serveThing(async () => {
      throw new TypeError('select secret from table');
    });
    const response = await ask(things({ headers: { ...headers, 'x-request-id': 'find-me' } }));
    const problem = await problemOf(response);
    expect(problem).toEqual({
      type: 'urn:ecs:problem:internal_error',
      title: 'Internal Server Error',
      status: 500,
      detail: 'Something went wrong on our side. The request id finds it in the logs.',
      code: 'internal_error',
      requestId: 'find-me',
    });
    expect(logged).toMatchObject([{ requestId: 'find-me', error: 'select secret from table' }]);
  });

  test('tells when to come back with what may succeed later, and only with that', async () => {
    const cause = new Error('password=hidden');
    const answerOf = async (error: AppError) => serveThing(() => Promise.reject(error)).ask(things());
    const away = await answerOf(
      problem('broker_unavailable', { detail: 'away', cause, retryAfterSeconds: 2.2 }),
    );
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '3']);
    expect(await away.text()).not.toContain('hidden');
    expect((await answerOf(problem('email_taken'))).headers.get('retry-after')).toBeNull();
  });

  test('rejects what is more than it may work on at once, and is free again after', async () => {
    const finish = Promise.withResolvers<HandlerResult>();
    const { ask } = serveThing(() => finish.promise, { inFlightMax: 2 });
    const pending = [ask(things()), ask(things())];
    const refused = await ask(things());
    expect((await problemOf(refused)).code).toBe('overloaded');
    expect(refused.headers.get('retry-after')).toBe('1');
    finish.resolve({ status: 'taken' });
    for (const response of await Promise.all(pending)) expect(response.status).toBe(202);
    expect((await ask(things())).status).toBe(202);
  });

  test('is free again after a handler that failed', async () => {
    const { ask } = serveThing(() => Promise.reject(problem('email_taken')), { inFlightMax: 2 });
    for (let n = 0; n < 5; n += 1) expect((await problemOf(await ask(things()))).code).toBe('email_taken');
  });

  test('holds no place for a body that it waits for', async () => {
    const { ask } = serveThing(undefined, { inFlightMax: 1 });
    const coming = new TransformStream<Uint8Array, Uint8Array>();
    const writer = coming.writable.getWriter();
    const pending = ask(things({ body: coming.readable, duplex: 'half' } as RequestInit));
    void writer.write(Buffer.from(good.slice(0, 1)));
    for (let n = 0; n < 3; n += 1) expect((await ask(things())).status).toBe(202);
    await writer.write(Buffer.from(good.slice(1)));
    await writer.close();
    expect((await pending).status).toBe(202);
  });

  test.each([['x'.repeat(129)], ['two words'], ['<script>'], ['']])(
    'takes no request id like %j from a caller',
    async (id) => {
      const response = await serveThing().ask(things({ headers: { ...headers, 'x-request-id': id } }));
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    },
  );

  test('checks each request of a group by itself, its token and its place in the contract included', async () => {
    const handled: string[] = [];
    const { ask } = serveThing(
      async (call) => {
        handled.push(call.requestId);
        return { status: 'taken' };
      },
      { path: '/v1/things', params: {} },
    );
    const body = new TextEncoder().encode(good);
    const headOf = (id: string, changes: Record<string, string> = {}, path = '/v1/things') => ({
      path,
      headers: { ...headers, 'x-request-id': id, ...changes },
      body,
    });
    const group = packRequests([
      headOf('good-1'),
      headOf('stranger', { authorization: 'Bearer not.a.token' }),
      headOf('nowhere', {}, '/v1/elsewhere'),
      { ...headOf('invalid'), body: new TextEncoder().encode('{"name":"A","size":3}') },
      headOf('good-2'),
    ]);
    const response = await ask(at(GROUP.path, { headers: {}, body: group }));
    const responses = unpackResponses(await response.bytes(), 5);
    expect(responses.map(({ status }) => status)).toEqual([202, 401, 404, 422, 202]);
    expect(responses.map((response) => response.headers.get('x-request-id'))).toEqual([
      'good-1',
      'stranger',
      'nowhere',
      'invalid',
      'good-2',
    ]);
    expect(handled).toEqual(['good-1', 'good-2']);
  });

  test('lets no request of a group to a path whose parameters it cannot tell', async () => {
    const { ask } = serveThing(() => Promise.reject(new Error('nobody may come here')));
    const group = packRequests([{ path: THING.path, headers, body: new TextEncoder().encode(good) }]);
    const response = await ask(at(GROUP.path, { headers: {}, body: group }));
    expect(unpackResponses(await response.bytes(), 1)[0]?.status).toBe(404);
  });

  test('rejects what is no group, or too large for one', async () => {
    const { ask } = serveThing();
    const malformed = await ask(at(GROUP.path, { headers: {} }));
    expect((await problemOf(malformed)).code).toBe('malformed_body');
    const tooLarge = await ask(at(GROUP.path, { headers: {}, body: new Uint8Array(GROUP.bytesMax + 1) }));
    expect((await problemOf(tooLarge)).code).toBe('content_too_large');
  });

  test('checks the credentials before the method; OPTIONS needs neither', async () => {
    const { ask } = serveThing();
    const anonymous = { method: 'PUT', headers: {} };
    expect((await problemOf(await ask(things(anonymous)))).code).toBe('missing_token');
    const refused = await ask(things({ method: 'PUT' }));
    expect((await problemOf(refused)).code).toBe('method_not_allowed');
    const options = await ask(things({ method: 'OPTIONS', headers: {} }));
    const allowed = 'POST, OPTIONS';
    expect([refused.headers.get('allow'), options.headers.get('allow')]).toEqual([allowed, allowed]);
    expect(options.status).toBe(204);
  });

  test('serves two endpoints on one path, each by its method, and names all methods to any other', async () => {
    const { body: _, ...withoutBody } = THING;
    const get: Endpoint = {
      ...withoutBody,
      method: 'GET',
      response: response(200, Type.Object({}), 'it', {}),
    };
    const put = { ...THING, method: 'PUT', response: response(200, Type.Object({}), 'it', {}) } as const;
    const service = createHttpService(optionsOf(runtime.log), (plugin) =>
      new Elysia({ name: 'test' })
        .use(plugin)
        .get(elysiaPath(get.path), async () => ({ from: 'GET' }), contract(get))
        .put(elysiaPath(put.path), async ({ body }) => ({ from: 'PUT', body }), contract(put)),
    );
    const ask = async (method: string, more: RequestInit = {}) =>
      service.handle(things({ method, body: method === 'GET' || method === 'HEAD' ? null : good, ...more }));
    expect(await (await ask('GET')).json()).toEqual({ from: 'GET' });
    expect(await (await ask('PUT')).json()).toEqual({ from: 'PUT', body: { name: 'thing', size: 3 } });
    expect((await ask('HEAD')).status).toBe(200);
    expect((await problemOf(await ask('PUT', { body: '{}' }))).code).toBe('invalid_request');
    for (const method of ['POST', 'DELETE', 'PATCH']) {
      const refused = await ask(method);
      expect([method, refused.status, refused.headers.get('allow')]).toEqual([
        method,
        405,
        'GET, HEAD, PUT, OPTIONS',
      ]);
      expect((await ask(method, { headers: {} })).status).toBe(401);
    }
    const options = await ask('OPTIONS', { headers: {} });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, PUT, OPTIONS']);

    const trace = { traceId: '', parentSpanId: null, traceparent: () => '' };
    const forwarded = (method: string, body: string | null) => ({
      method,
      url: `http://localhost/v1/users/${userId}/things`,
      requestId: 'r',
      trace,
      headers: new Headers(headers),
      body: body === null ? null : new TextEncoder().encode(body),
      signal: new AbortController().signal,
      clientAddress: () => '203.0.113.9',
    });
    const params = { user_id: userId };
    const read = await service.respond(get, forwarded('GET', null), params);
    expect(await read.json()).toEqual({ from: 'GET' });
    const written = await service.respond(put, forwarded('PUT', good), params);
    expect(await written.json()).toMatchObject({ from: 'PUT' });
  });

  test('counts the requests of an endpoint in one series a status, whatever their method', async () => {
    const metrics = createMetrics();
    const { handle } = createHttpService({ ...optionsOf(runtime.log), metrics }, (plugin) =>
      new Elysia({ name: 'test' })
        .use(plugin)
        .post(elysiaPath(THING.path), async () => ({ status: 'taken' }), contract(THING)),
    );
    for (const method of ['POST', 'PUT']) {
      expect((await handle(things({ method, headers: {} }))).status).toBe(401);
    }
    const text = await metrics.scrape();
    const counts = text.split('\n').filter((line) => /_count\{.*status="401"/.test(line));
    expect(counts).toEqual([expect.stringMatching(/ 2$/)]);
  });

  test('ends the stream that a HEAD would wait for', async () => {
    const ended = Promise.withResolvers<void>();
    const stream = new ReadableStream({ cancel: () => ended.resolve() });
    const streamHeaders = { 'content-type': 'text/event-stream' };
    const { body: _, ...withoutBody } = THING;
    const endpoint: Endpoint = { ...withoutBody, method: 'GET' };
    const { handle } = createHttpService(optionsOf(runtime.log), (plugin) =>
      new Elysia({ name: 'test' })
        .use(plugin)
        .get(
          elysiaPath(endpoint.path),
          async () => new Response(stream, { headers: streamHeaders }),
          contract(endpoint),
        ),
    );
    const response = await handle(things({ method: 'HEAD', body: null }));
    await ended.promise;
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  test('refuses a handler that Elysia might not await', async () => {
    const logged: Record<string, unknown>[] = [];
    const log = { error: (fields: Record<string, unknown>) => void logged.push(fields) } as unknown as Logger;
    const result = Promise.resolve({ status: 'taken' });
    const { handle } = createHttpService(optionsOf(log), (plugin) =>
      new Elysia({ name: 'test' }).use(plugin).post(elysiaPath(THING.path), () => result, contract(THING)),
    );
    expect((await handle(things())).status).toBe(500);
    expect(logged).toMatchObject([{ error: 'a handler must be an async function' }]);
  });
});
