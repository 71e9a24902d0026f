import { describe, expect, test } from 'bun:test';
import {
  AuthenticationError,
  BadRequestError,
  ConflictError,
  EcsConnectionError,
  EcsError,
  EcsTimeoutError,
  GoneError,
  NotFoundError,
  PermissionError,
  RateLimitError,
  ServerError,
  UnavailableError,
  ValidationError,
} from './errors.ts';
import { readRetryAfterMs } from './error-of-response.ts';
import { endsWithin } from '../../tests/harness/time.ts';
import { EcsClient } from '../client.ts';
import { failureOf, listenersOf, problem, startTestServer, USER } from './test-server.ts';
import { uuidv7 } from './uuid.ts';

const OFFERS = { total: 0, page: 1, page_size: 10, items: [] };

describe('retries', () => {
  for (const status of [408, 429, 500, 502, 503, 504]) {
    test(`a ${status} is tried again, every attempt with the same idempotency key`, async () => {
      await using server = startTestServer((_, index) =>
        index < 2 ? problem(status, 'later') : Response.json({ approved: false }),
      );
      await server.client().analyses.create(USER);
      const keys = server.requests.map(({ headers }) => headers.get('idempotency-key'));
      expect(keys).toHaveLength(3);
      expect(new Set(keys).size).toBe(1);
      expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    });
  }

  test('each call has a key of its own, and the caller may bring one', async () => {
    await using server = startTestServer(() => Response.json({ approved: false }));
    const { analyses } = server.client();
    await analyses.create(USER);
    await analyses.create(USER);
    await analyses.create(USER, { idempotencyKey: 'mine' });
    const keys = server.requests.map(({ headers }) => headers.get('idempotency-key'));
    expect(new Set(keys).size).toBe(3);
    expect(keys[2]).toBe('mine');
  });

  test('the first attempt still at work (409) is asked again; another conflict is not', async () => {
    await using server = startTestServer((_, index) =>
      index === 0 ? problem(409, 'request_in_progress') : problem(409, 'email_taken'),
    );
    const error = await failureOf(server.client().auth.register({ email: 'a@b.c', password: 'long enough' }));
    expect(error).toBeInstanceOf(ConflictError);
    expect((error as EcsError).code).toBe('email_taken');
    expect(server.requests).toHaveLength(2);
  });

  test('a lost connection is tried again, and the last error names the base URL', async () => {
    let attempts = 0;
    const client = new EcsClient({
      baseUrl: 'http://localhost:1',
      backoffMs: 1,
      maxRetries: 2,
      onRequest: () => {
        attempts += 1;
      },
    });
    const error = await failureOf(client.offers.list(USER));
    expect(error).toBeInstanceOf(EcsConnectionError);
    expect(error).toMatchObject({ code: 'connection_failed', status: null, retryable: true });
    expect((error as EcsError).message).toContain('http://localhost:1');
    expect(attempts).toBe(3);
  });

  test('stops after maxRetries with the error of the last response', async () => {
    await using server = startTestServer(() => problem(503, 'overloaded'));
    const error = await failureOf(server.client({ maxRetries: 1 }).offers.list(USER));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(server.requests).toHaveLength(2);
  });

  test('waits at least as long as Retry-After asks for', async () => {
    await using server = startTestServer((_, index) =>
      index === 0 ? problem(429, 'quota_exceeded', {}, '1') : Response.json(OFFERS),
    );
    const delays: number[] = [];
    const startedMs = performance.now();
    await server.client({ onRetry: ({ delayMs }) => delays.push(delayMs) }).offers.list(USER);
    expect(delays).toEqual([1000]);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(990);
  });

  test('returns the error at once when Retry-After is beyond the deadline', async () => {
    await using server = startTestServer(() => problem(503, 'model_unavailable', {}, '30'));
    const startedMs = performance.now();
    const error = await failureOf(server.client({ deadlineMs: 5_000 }).analyses.create(USER));
    expect(error).toMatchObject({ code: 'model_unavailable', retryAfterMs: 30_000, retryable: true });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(server.requests).toHaveLength(1);
  });

  test('Retry-After is read as seconds and as a date', () => {
    expect(readRetryAfterMs('7')).toBe(7_000);
    expect(readRetryAfterMs('Thu, 01 Jan 1970 00:00:09 GMT', 4_000)).toBe(5_000);
    expect(readRetryAfterMs('soon')).toBeNull();
    expect(readRetryAfterMs(null)).toBeNull();
  });
});

describe('time', () => {
  test('an attempt that hangs is given up, and a later one may succeed', async () => {
    await using server = startTestServer((_, index, request) =>
      index === 0 ? hang(request) : Response.json(OFFERS),
    );
    const page = await server.client({ timeoutMs: 50 }).offers.list(USER);
    expect(page.items).toEqual([]);
    expect(server.requests).toHaveLength(2);
  });

  test('the deadline ends a call however many attempts are left', async () => {
    await using server = startTestServer((_, __, request) => hang(request));
    const client = server.client({ timeoutMs: 100, deadlineMs: 250, maxRetries: 1000 });
    const isInTime = await endsWithin(1_000, async () =>
      expect(await failureOf(client.offers.list(USER))).toBeInstanceOf(EcsTimeoutError),
    );
    expect(isInTime).toBe(true);
  });

  test('an error whose body hangs is the error of its status once the time is up, also of a stream', async () => {
    await using server = startTestServer(() => {
      const body = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('{')) });
      return new Response(body, { status: 404 });
    });
    const ecs = server.client({ timeoutMs: 100, maxRetries: 0 });
    const works = [
      ecs.offers.get(USER),
      ecs.customers.export(USER),
      ecs.notifications.subscribe(USER).next(),
    ];
    for (const work of works) expect(await failureOf(work)).toMatchObject({ status: 404 });
  });

  test("an export lets go of the caller's signal, however it ends", async () => {
    await using server = startTestServer(() => Response.json({ data: [] }));
    const { signal } = new AbortController();
    const listeners = listenersOf(signal);
    const open = () => server.client().customers.export(USER, { signal });
    expect(await new Response(await open()).json()).toEqual({ data: [] });
    expect(listeners.size).toBe(0);
    const unread = await open();
    expect(listeners.size).toBeGreaterThan(0);
    await unread.cancel();
    expect(listeners.size).toBe(0);
  });

  test("the caller's signal ends a call in flight and a pause between attempts", async () => {
    await using server = startTestServer((_, index, request) =>
      index === 0 ? hang(request) : problem(503, 'away', {}, '20'),
    );
    for (const _ of ['in flight', 'in a pause']) {
      const reason = new Error('the user left');
      const controller = new AbortController();
      const before = server.requests.length;
      const call = failureOf(server.client().offers.list(USER, { signal: controller.signal }));
      while (server.requests.length === before) await Bun.sleep(1);
      controller.abort(reason);
      expect(await call).toBe(reason);
    }
  });

  test('an aborted signal sends nothing', async () => {
    await using server = startTestServer(() => Response.json(OFFERS));
    const error = await failureOf(server.client().offers.list(USER, { signal: AbortSignal.abort() }));
    expect((error as Error).name).toBe('AbortError');
    expect(server.requests).toHaveLength(0);
  });
});

describe('errors', () => {
  const classes: [number, typeof EcsError][] = [
    [400, BadRequestError],
    [401, AuthenticationError],
    [403, PermissionError],
    [404, NotFoundError],
    [410, GoneError],
    [429, RateLimitError],
    [500, ServerError],
  ];
  for (const [status, ErrorClass] of classes) {
    test(`a ${status} is a ${ErrorClass.name} with code, status and request id`, async () => {
      await using server = startTestServer(() => problem(status, 'some_code'));
      const error = await failureOf(server.client({ maxRetries: 0 }).offers.get(USER));
      expect(error).toBeInstanceOf(ErrorClass);
      expect(error).toMatchObject({ name: ErrorClass.name, code: 'some_code', status, requestId: 'r-1' });
    });
  }

  test('a 422 lists each fault with its place, and is not tried again', async () => {
    const errors = [{ path: '/body/amount', message: 'must be more than 0' }];
    await using server = startTestServer(() => problem(422, 'invalid_request', { errors }));
    const error = await failureOf(server.client().transactions.send({ userId: USER, amount: -1 }));
    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).errors).toEqual(errors);
    expect((error as Error).message).toContain('/body/amount must be more than 0');
    expect(server.requests).toHaveLength(1);
  });

  test("a proxy's page, an empty body and a 200 that is not JSON are distinguished", async () => {
    const responses = [
      new Response('<h1>404 nginx</h1>', { status: 404 }),
      new Response(null, { status: 401 }),
      new Response('<html>please log in</html>', { headers: { 'content-type': 'text/html' } }),
      new Response('', { status: 200 }),
    ];
    await using server = startTestServer((_, index) => responses[index] ?? new Response());
    const client = server.client({ maxRetries: 0 });
    const errors: EcsError[] = [];
    for (const _ of responses) errors.push((await failureOf(client.offers.get(USER))) as EcsError);
    expect(errors.map(({ code }) => code)).toEqual(['http_404', 'http_401', 'bad_response', 'bad_response']);
    expect(errors[0]).toBeInstanceOf(NotFoundError);
    expect(errors[0]?.message).toContain('404 nginx');
    expect(errors[1]?.message).toContain('empty');
    expect(errors[2]?.message).toContain('please log in');
    expect(errors[3]?.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a redirect is not followed: the token goes nowhere else', async () => {
    await using thief = startTestServer(() => Response.json(OFFERS));
    await using server = startTestServer(() => Response.redirect(`${thief.baseUrl}/v1`, 307));
    const error = await failureOf(server.client({ token: 'secret' }).offers.list(USER));
    expect(error).toMatchObject({ code: 'bad_response', status: 307 });
    expect(thief.requests).toHaveLength(0);
  });

  test('a redirect of an event stream is not followed either', async () => {
    await using thief = startTestServer(() => Response.json(OFFERS));
    await using server = startTestServer(() => Response.redirect(`${thief.baseUrl}/v1`, 307));
    const ecs = server.client({ token: 'secret' });
    const next = ecs.notifications.subscribe(USER)[Symbol.asyncIterator]().next();
    expect(await failureOf(next)).toMatchObject({ status: 307 });
    expect(thief.requests).toHaveLength(0);
  });

  test('an invalid base URL is an error when the client is made', () => {
    expect(() => new EcsClient({ baseUrl: 'localhost:9999' })).toThrow(EcsError);
  });
});

test('credentials: a token, a provider asked before every attempt, the internal key', async () => {
  await using server = startTestServer((_, index) =>
    index === 1 ? problem(503, 'away') : Response.json(OFFERS),
  );
  let requestCount = 0;
  const tokenProvider = () => {
    requestCount += 1;
    return `token-${requestCount}`;
  };
  await server.client({ token: 'fixed' }).offers.list(USER);
  await server.client({ tokenProvider }).offers.list(USER);
  await server.client({ internalKey: 'key' }).offers.list(USER);
  const credentials = server.requests.map(
    ({ headers }) => headers.get('authorization') ?? headers.get('x-internal-key'),
  );
  expect(credentials).toEqual(['Bearer fixed', 'Bearer token-1', 'Bearer token-2', 'key']);
});

test('a rejected password is no rejected token: nothing is renewed and nothing sent again', async () => {
  await using server = startTestServer(() => problem(401, 'invalid_credentials'));
  let tokens = 0;
  const client = server.client({ tokenProvider: () => `token-${(tokens += 1)}` });
  const error = await failureOf(client.customers.erase(USER, { password: 'not this one' }));
  expect(error).toMatchObject({ status: 401, code: 'invalid_credentials', attempts: 1 });
  expect([tokens, server.requests.length]).toEqual([1, 1]);
});

test('a path in the base URL is kept, and an injected fetch is the one that is used', async () => {
  const urls: string[] = [];
  const client = new EcsClient({
    baseUrl: 'https://example.com/ecs/',
    fetch: (url) => {
      urls.push(url);
      return Promise.resolve(Response.json(OFFERS));
    },
  });
  await client.offers.list('a/b', { page: 2 });
  expect(urls).toEqual(['https://example.com/ecs/v1/users/a%2Fb/offers?page=2']);
});

test('a UUIDv7 carries its time and sorts by it', () => {
  const id = uuidv7(0x0198_f3a2_7c11);
  expect(id).toMatch(/^0198f3a2-7c11-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(uuidv7(1000) < uuidv7(1001)).toBe(true);
});

/** Responds only when the client has gone. */
function hang(request: Request): Promise<Response> {
  return new Promise((resolve) => {
    request.signal.addEventListener('abort', () => resolve(new Response()), { once: true });
  });
}
