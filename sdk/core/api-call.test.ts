import { describe, expect, test } from 'bun:test';
import manifest from '../package.json';
import { EcsClient, requestIdOf } from '../index.ts';
import { EcsOperatorClient } from '../operators/index.ts';
import { type EcsError, NotFoundError, PermissionError } from './errors.ts';
import { failureOf, problem, startTestServer, USER } from './test-server.ts';
import { VERSION } from './version.ts';

const OFFERS = { total: 0, page: 1, page_size: 10, items: [] };
const respond = (body: unknown = OFFERS, status = 200) =>
  Response.json(body, { status, headers: { 'x-request-id': 'r-7', ratelimit: '"user";r=1' } });

describe('a call', () => {
  test('resolves with its data, and with the response as well', async () => {
    await using server = startTestServer((_, index) => (index === 0 ? problem(503, 'away') : respond()));
    const call = server.client().offers.list(USER);
    const { data, status, headers, requestId, attempts } = await call.withResponse();
    expect(data).toBe(await call);
    expect([data, status, requestId, attempts]).toEqual([OFFERS, 200, 'r-7', 2]);
    expect(headers.get('ratelimit')).toBe('"user";r=1');
    expect(requestIdOf(data)).toBe('r-7');
    expect(requestIdOf({ ...data })).toBeNull();
  });

  test('of every kind has its response: a batch, an acceptance, an export, an operator', async () => {
    await using server = startTestServer(({ path }) =>
      path.endsWith('batch') ? respond({ accepted: 1, rejected: [], traceId: 't' }, 202) : respond({}, 202),
    );
    const ecs = server.client();
    const batch = await ecs.transactions.sendBatch([{ userId: USER, amount: 1 }]).withResponse();
    expect([batch.status, batch.data.accepted, batch.data.eventIds.length]).toEqual([202, 1, 1]);
    const operators = new EcsOperatorClient({ baseUrl: server.baseUrl });
    for (const call of [
      ecs.offers.accept(USER),
      ecs.customers.export(USER),
      ecs.transactions.send({ userId: USER, amount: 1 }),
      operators.auth.me(),
    ]) {
      expect((await call.withResponse()).requestId).toBe('r-7');
    }
  });

  test('that fails rejects once: the response carries the error, and nothing is left unhandled', async () => {
    await using server = startTestServer(() => problem(404, 'offer_not_found'));
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    const error = await failureOf(server.client().offers.get(USER).withResponse());
    await Bun.sleep(0);
    process.off('unhandledRejection', note);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ kind: 'status', attempts: 1 });
    expect(unhandled).toEqual([]);
  });
});

describe('headers', () => {
  test('of the client and of the call are sent; null takes one away; the client names itself', async () => {
    await using server = startTestServer(() => respond());
    const ecs = server.client({ headers: { 'X-Tenant': 'blue', 'x-region': 'eu' } });
    await ecs.offers.list(USER, { headers: { 'x-tenant': 'red', 'X-Region': null, traceparent: '00-1' } });
    await ecs.offers.list(USER, { headers: { 'user-agent': 'mine', 'x-request-id': 'of-the-caller' } });
    const [first, second] = server.requests.map(({ headers }) => headers);
    expect(first?.get('x-tenant')).toBe('red');
    expect(first?.get('x-region')).toBeNull();
    expect(first?.get('traceparent')).toBe('00-1');
    expect(first?.get('user-agent')).toBe(`ecs-sdk/${manifest.version} bun/${Bun.version}`);
    expect(second?.get('user-agent')).toBe('mine');
    expect(second?.get('x-request-id')).toBe('of-the-caller');
    expect(VERSION).toBe(manifest.version);
  });

  test('that are the client’s own, or that no request can carry, are refused without their value', async () => {
    const ecs = new EcsClient({ baseUrl: 'http://localhost:1' });
    for (const headers of [
      { Authorization: 'Bearer secret' },
      { 'X-Internal-Key': 'secret' },
      { 'x-a': 'secret\r\nx-b: 1' },
      { 'x a': 'secret' },
      { 'x-a': 7 as never },
      new Headers({ 'x-a': 'secret' }) as never,
    ]) {
      const error = await failureOf(ecs.offers.list(USER, { headers }));
      expect(error).toMatchObject({ kind: 'argument', code: 'invalid_argument', attempts: 0 });
      expect((error as EcsError).message).not.toContain('secret');
      expect(() => new EcsClient({ baseUrl: 'http://localhost:1', headers })).toThrow('header');
    }
  });
});

describe('withOptions', () => {
  test('makes a client with other options, which shares the budget of retries', async () => {
    await using server = startTestServer(() => problem(503, 'away'));
    const ecs = server.client({ maxRetries: 1, headers: { 'x-a': '1', 'x-b': '1' }, token: 'first' });
    const changed = ecs.withOptions({ maxRetries: 0, headers: { 'X-B': '2' }, token: 'second' });
    await failureOf(changed.offers.list(USER));
    expect(server.requests).toHaveLength(1);
    const { headers } = server.requests[0] ?? {};
    const names = ['x-a', 'x-b', 'authorization'].map((name) => headers?.get(name));
    expect(names).toEqual(['1', '2', 'Bearer second']);
    // 50 saved retries, used up by one client, are used up for the other.
    while (server.requests.length < 101) await failureOf(ecs.offers.list(USER));
    const before = server.requests.length;
    await failureOf(ecs.withOptions({ maxRetries: 9 }).offers.list(USER));
    expect(server.requests.length - before).toBeLessThan(12);
  });

  test('sets a signal and an idempotency key for the calls; a signal of the call ends it as well', async () => {
    await using server = startTestServer(() => respond({ approved: false }));
    const leaving = new AbortController();
    const ecs = server.client().withOptions({ signal: leaving.signal, idempotencyKey: 'mine' });
    await ecs.analyses.create(USER);
    await ecs.analyses.create(USER, { idempotencyKey: 'of the call'.replaceAll(' ', '-') });
    const keys = server.requests.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys).toEqual(['mine', 'of-the-call']);
    await ecs.analyses.create(USER, { idempotencyKey: 'k'.repeat(255) });
    expect(await failureOf(ecs.analyses.create(USER, { idempotencyKey: 'k'.repeat(256) }))).toMatchObject({
      message: expect.stringContaining('1 to 255'),
    });
    expect(() => ecs.transactions.stream()).toThrow('idempotencyKey');
    const reason = new Error('of the call');
    const aborted = AbortSignal.abort(reason);
    expect(await failureOf(ecs.analyses.create(USER, { signal: aborted }))).toBe(reason);
    leaving.abort(new Error('of the client'));
    expect(await failureOf(ecs.analyses.create(USER))).toBe(leaving.signal.reason);
    const states: string[] = [];
    const onState = (state: string) => void states.push(state);
    for await (const _ of ecs.notifications.subscribe(USER, { onState })) throw new Error('it had ended');
    expect([states, server.requests.length]).toEqual([[], 3]);
  });

  test('replaces a provider by a token', async () => {
    await using server = startTestServer(() => respond());
    const ecs = server.client({ tokenProvider: () => 'provided' });
    await ecs.withOptions({ token: 'fixed' }).offers.list(USER);
    expect(server.requests[0]?.headers.get('authorization')).toBe('Bearer fixed');
  });
});

describe('request', () => {
  test('calls an endpoint by its path: parameters, retries, credentials and errors as of every call', async () => {
    await using server = startTestServer(({ method }, index) => {
      if (index === 0) return problem(503, 'away');
      if (method === 'DELETE') return problem(403, 'not_your_user');
      return method === 'PUT' ? new Response(null, { status: 204 }) : respond([1, 2], 201);
    });
    const ecs = server.client({ token: 'secret' });
    const call = ecs.request<number[]>('POST', '/v1/things/{id}?a=1', {
      params: { id: 'x/y' },
      query: { days: 7, all: true, none: undefined },
      body: { amount: 1 },
      idempotencyKey: 'mine',
    });
    expect(await call.withResponse()).toMatchObject({ data: [1, 2], status: 201, attempts: 2 });
    const [, { path, headers, body } = { path: '', headers: new Headers(), body: '' }] = server.requests;
    expect(path).toBe('/v1/things/x%2Fy?a=1&days=7&all=true');
    expect([headers.get('idempotency-key'), headers.get('authorization'), body]).toEqual([
      'mine',
      'Bearer secret',
      '{"amount":1}',
    ]);
    expect(await ecs.request('PUT', '/v1/things')).toBeNull();
    expect(await failureOf(ecs.request('DELETE', '/v1/things'))).toBeInstanceOf(PermissionError);
    await ecs.request('POST', '/v1/lines', { ndjson: [{ a: 1 }, { a: 2 }] });
    expect(server.requests.at(-1)?.body).toBe('{"a":1}\n{"a":2}');
  });

  test('goes to the API alone', async () => {
    const ecs = new EcsClient({ baseUrl: 'http://localhost:1', token: 'secret', maxRetries: 0 });
    for (const path of [
      'https://thief.example/v1',
      '//thief.example',
      '/\\thief.example',
      '/v1/../admin',
      '/v1/%2e%2E/admin',
      '/v1#x',
      'v1',
      '',
      7 as never,
    ]) {
      expect(await failureOf(ecs.request('GET', path))).toMatchObject({ kind: 'argument' });
    }
    expect(await failureOf(ecs.request('TRACE' as never, '/v1'))).toMatchObject({ kind: 'argument' });
    expect(await failureOf(ecs.request('GET', '/v1/{id}'))).toMatchObject({ kind: 'argument' });
  });
});
