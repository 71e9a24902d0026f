import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { EcsClient } from '../client.ts';
import { EcsConnectionError, EcsError, EcsResponseError, EcsTimeoutError } from './errors.ts';
import { missingResponse } from './response.ts';
import { systemCodeOf } from './system-code.ts';
import { failureOf, startTestServer, USER } from './test-server.ts';

describe('a failed connection', () => {
  test('has the code of the system in its message, the attempts, and its cause', async () => {
    const ecs = new EcsClient({ baseUrl: 'http://localhost:1', backoffMs: 1, maxRetries: 2 });
    const error = (await failureOf(ecs.offers.list(USER))) as EcsConnectionError;
    expect(error).toMatchObject({ kind: 'connection', systemCode: 'ECONNREFUSED', attempts: 3 });
    expect(error.message).toMatch(
      /^GET http:\/\/localhost:1\/\S+ cannot be reached \(after 3 attempts\): ECONNR/,
    );
    expect(error.cause).toBeInstanceOf(Error);
  });

  test('shows the code wherever Node, undici and Bun put it', () => {
    const withCode = (code: string, cause?: unknown) =>
      Object.assign(new Error('x', cause === undefined ? undefined : { cause }), { code });
    const code = fc.constantFrom(
      'ECONNREFUSED',
      'ENOTFOUND',
      'EAI_AGAIN',
      'ECONNRESET',
      'CERT_HAS_EXPIRED',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
    const wrappers = fc.array(fc.constantFrom('fetch', 'aggregate', 'socket', 'library'), { maxLength: 5 });
    const wrap = (kind: string, inner: unknown) => {
      if (kind === 'fetch') return new TypeError('fetch failed', { cause: inner });
      if (kind === 'aggregate') return new AggregateError([inner, new Error('the other address')], '');
      if (kind === 'socket') return Object.assign(new Error('closed', { cause: inner }), { code: 23 });
      return { message: 'a library', cause: inner };
    };
    fc.assert(
      fc.property(code, wrappers, (systemCode, kinds) => {
        const cause = kinds.reduce<unknown>((inner, kind) => wrap(kind, inner), withCode(systemCode));
        expect(systemCodeOf(cause)).toBe(systemCode);
        const error = missingResponse(cause, EVENT, null);
        expect(error).toMatchObject({ code: 'connection_failed', systemCode, attempts: 2 });
        expect(error.message).toContain(systemCode);
      }),
    );
    expect(systemCodeOf(withCode('UND_ERR_SOCKET', withCode('ECONNRESET')))).toBe('ECONNRESET');
    expect(systemCodeOf(withCode('ConnectionRefused'))).toBe('ECONNREFUSED');
    expect(systemCodeOf(new Error('connect ECONNREFUSED 127.0.0.1:1'))).toBe('ECONNREFUSED');
  });

  test('is an error with a kind and a code whatever was thrown', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const error = missingResponse(thrown, EVENT, null);
        expect(error).toBeInstanceOf(EcsError);
        expect(['connection', 'timeout']).toContain(error.kind);
        expect(error.code).toMatch(/^[a-z_]+$/);
      }),
    );
    const circle = new Error('a');
    circle.cause = circle;
    expect(missingResponse(circle, EVENT, null).message).toEndWith(': a');
  });

  test('may be an origin that is not in CORS_ORIGINS, where a page of another origin asks', () => {
    const scope = globalThis as { location?: unknown; document?: unknown };
    const versions = Object.getOwnPropertyDescriptor(process, 'versions');
    try {
      Object.assign(scope, { document: {}, location: { origin: 'https://app.example' } });
      // A page that Node simulates is bound by no CORS.
      expect(missingResponse(new TypeError('Failed to fetch'), EVENT, null).message).not.toContain('CORS');
      Object.defineProperty(process, 'versions', { value: {}, configurable: true });
      const { message } = missingResponse(new TypeError('Failed to fetch'), EVENT, null);
      expect(message).toContain('or this origin, https://app.example, is not in CORS_ORIGINS');
      Object.assign(scope, { location: { origin: 'http://api.test' } });
      expect(missingResponse(new TypeError('Failed to fetch'), EVENT, null).message).not.toContain('CORS');
    } finally {
      if (versions) Object.defineProperty(process, 'versions', versions);
      delete scope.document;
      delete scope.location;
    }
  });
});

test('a connection that breaks off within its response says so, not that nothing was reached', async () => {
  const server = Bun.listen({
    hostname: 'localhost',
    port: 0,
    socket: {
      data(socket) {
        socket.write(
          'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"items":',
        );
        setTimeout(() => socket.terminate(), 20);
      },
    },
  });
  const ecs = new EcsClient({ baseUrl: `http://localhost:${server.port}`, backoffMs: 1, maxRetries: 1 });
  const error = await failureOf(ecs.offers.list(USER));
  server.stop(true);
  expect(error).toMatchObject({ kind: 'connection', attempts: 2, systemCode: 'ECONNRESET' });
  expect((error as Error).message).toContain('broke off within its response (after 2 attempts)');
});

describe('a timeout', () => {
  test('says which time was over, and after how many attempts', async () => {
    // Nothing ever responds: the shorter limit is the one that ends, however slow the machine is.
    const fetchNever = () => new Promise<Response>(() => {});
    const ecs = new EcsClient({
      baseUrl: 'http://localhost',
      fetch: fetchNever,
      backoffMs: 1,
      maxRetries: 1,
    });
    const hourMs = 3_600_000;
    const attempt = await failureOf(ecs.offers.list(USER, { timeoutMs: 1, deadlineMs: hourMs }));
    expect(attempt).toBeInstanceOf(EcsTimeoutError);
    expect(attempt).toMatchObject({ kind: 'timeout', timeout: 'attempt', attempts: 2, code: 'timeout' });
    expect((attempt as Error).message).toEndWith('timeoutMs of an attempt, 1, is over after 2 attempts');
    const total = await failureOf(ecs.offers.list(USER, { timeoutMs: hourMs, deadlineMs: 1 }));
    expect(total).toMatchObject({ timeout: 'total', attempts: 1 });
    expect((total as Error).message).toEndWith('deadlineMs of the call, 1, is over after 1 attempt');
    const connect = missingResponse({ cause: { code: 'UND_ERR_CONNECT_TIMEOUT' } }, EVENT, null);
    expect(connect).toMatchObject({ timeout: 'connect', attempts: 2, retryable: true });
  });

  test('of the caller’s own signal is the caller’s reason, not an error of the client', async () => {
    await using server = startTestServer((_, __, request) => untilGone(request));
    const error = await failureOf(server.client().offers.list(USER, { signal: AbortSignal.timeout(20) }));
    expect(error).not.toBeInstanceOf(EcsError);
    expect((error as Error).name).toBe('TimeoutError');
  });
});

test('a response that is not the API’s is an error that says how', async () => {
  const bodies: [string, string, string][] = [
    ['<!doctype html><p>Sign in', 'text/html', 'a page: <!doctype'],
    ['{"items": [', 'application/json', "not the API's JSON: {"],
    ['', 'application/json', 'the body is empty'],
    ['[]', 'application/json', "not the API's JSON"],
    ['null', 'application/json', "not the API's JSON"],
    ['{"items": 7}', 'application/json', 'JSON of another shape: items is not an array'],
    ['{"items": [], "page": "1"}', 'application/json', 'page is not a number'],
  ];
  await using server = startTestServer((_, index) => {
    const [body, type] = bodies[index] ?? [];
    return new Response(body, { headers: { 'content-type': type ?? '' } });
  });
  for (const [, , message] of bodies) {
    const error = await failureOf(server.client({ maxRetries: 0 }).offers.list(USER));
    expect(error).toBeInstanceOf(EcsResponseError);
    expect(error).toMatchObject({ kind: 'response', code: 'bad_response', status: 200, attempts: 1 });
    expect((error as Error).message).toContain(message);
  }
});

const EVENT = { method: 'GET', url: 'http://api.test/v1', requestId: 'r', attempt: 2 };

/** Responds only when the client has gone. */
function untilGone(request: Request): Promise<Response> {
  return new Promise((resolve) => {
    request.signal.addEventListener('abort', () => resolve(new Response()), { once: true });
  });
}

test('a date in Retry-After is read by the clock of the server, however wrong that of the device is', async () => {
  const hourMs = 3_600_000;
  for (const skewMs of [-hourMs, hourMs]) {
    await using server = startTestServer(() => {
      const nowMs = Date.now() + skewMs;
      const at = (ms: number) => new Date(nowMs + ms).toUTCString();
      return new Response('{}', { status: 503, headers: { date: at(0), 'retry-after': at(9_000) } });
    });
    const error = await failureOf(server.client({ maxRetries: 0 }).offers.get(USER));
    expect(error).toMatchObject({ code: 'http_503', retryAfterMs: 9_000 });
  }
});
