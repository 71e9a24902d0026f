import { beforeAll, describe, expect, test } from 'bun:test';
import { connect } from 'node:net';
import fc from 'fast-check';
import { ENDPOINT_LIST, ENDPOINTS } from '../../sdk/contracts/endpoints.ts';
import { newOperator } from '../harness/operators.ts';
import { bearer, type Customer, newCustomer, useSystem } from '../harness/system.ts';
import { SHAPE } from '../harness/shape.ts';
import { casesOf } from '../harness/tier.ts';

/**
 * Requests as a client writes them byte by byte, which no HTTP library would send.
 * `RAW_REQUESTS=300000 npm test -- tests/e2e/raw-http` goes on for longer.
 */
const REQUESTS = casesOf('RAW_REQUESTS', { quick: 400, slow: 4000 });
const AT_ONCE = 10;
const RESPONSE_MS = 8000;
const GZIP_OF_EMPTY_OBJECT = Buffer.from(Bun.gzipSync('{}')).toString('latin1');

interface Reply {
  /** Null when the connection ended without a response. */
  status: number | null;
  head: string;
  body: string;
}

/** Sends bytes as they are; resolves with the response once the server ends it, or it is whole. */
function send(port: number, text: string, options: { hangUp?: boolean } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    const timer = setTimeout(
      () => socket.destroy(new Error(`no response to ${text.slice(0, 200)}`)),
      RESPONSE_MS,
    );
    const end = () => {
      clearTimeout(timer);
      const [head = '', body = ''] = received.split('\r\n\r\n', 2);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
      resolve({ status: status === undefined ? null : Number(status), head: head.toLowerCase(), body });
    };
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('close', (hadError) => !hadError && end());
    socket.on('error', (error) => {
      clearTimeout(timer);
      if (received !== '' || (error as { code?: string }).code === 'ECONNRESET') end();
      else reject(error);
    });
    socket.write(text, 'latin1', () => {
      if (options.hangUp) socket.destroy();
    });
  });
}

const request = (line: string, headers: Record<string, string | string[]> = {}, body = '') =>
  [
    `${line} HTTP/1.1`,
    ...Object.entries({ host: 'localhost', connection: 'close', ...headers }).flatMap(([name, value]) =>
      [value].flat().map((text) => `${name}: ${text}`),
    ),
    '',
    body,
  ].join('\r\n');

describe(`raw requests to ${SHAPE.title}`, () => {
  const system = useSystem({ split: SHAPE.split });
  let customer: Customer;
  const port = () => Number(new URL(system().url).port);
  const customerPath = () => `/v1/users/${customer.id}`;

  beforeAll(async () => {
    customer = await newCustomer(system().url);
  });

  test.each(['ecs', 'api', 'gw', 'x', 'x:8000', 'a-long-host.example.com', '[::1]'])(
    'routes the same for the Host %s',
    async (host) => {
      expect((await send(port(), request('GET /livez', { host }))).status).toBe(200);
      const offers = await send(
        port(),
        request(`GET ${customerPath()}/offers`, { host, ...bearer(customer) }),
      );
      expect(offers.status).toBe(200);
    },
  );

  test.each(['%%%', 'a b', 'a/b', '[::1', 'h:99999', 'user@h', 'one, two'])(
    'returns 400 invalid_host for the Host %p, with and without a login',
    async (host) => {
      for (const headers of [{ host }, { host, ...bearer(customer) }]) {
        const reply = await send(port(), request(`GET ${customerPath()}/offers`, headers));
        expect(reply.status).toBe(400);
        expect(reply.body).toContain('invalid_host');
      }
    },
  );

  test.each([
    ['Last-Event-ID', '/v1/users/{user_id}/notifications', 'text/event-stream'],
    ['Last-Event-ID', '/v1/users/{user_id}/offers', '*/*'],
    ['If-None-Match', '/v1/users/{user_id}/offers', '*/*'],
    ['Accept', '/v1/users/{user_id}/notifications', 'text/event-stream'],
    ['Idempotency-Key', '/v1/users/{user_id}/notifications', 'text/event-stream'],
    ['X-Internal-Key', '/v1/users/{user_id}/notifications', 'text/event-stream'],
  ])('names the header %s with a control character, to %s', async (name, path, accept) => {
    for (const control of ['\x7f', '\x01', '\x1b']) {
      const value = name === 'Accept' ? `${accept}${control}` : `1${control}`;
      const headers = { ...bearer(customer), accept, [name === 'Accept' ? 'accept' : name]: value };
      const reply = await send(port(), request(`GET ${path.replace('{user_id}', customer.id)}`, headers));
      // The runtime itself refuses most of them, without a word.
      expect([control, reply.status]).toEqual([control, reply.body === '' ? 400 : 422]);
      if (reply.body !== '') expect(reply.body).toContain(`/header/${name}`);
    }
  });

  test.each(['Accept', 'Idempotency-Key', 'If-None-Match', 'Last-Event-ID', 'X-Internal-Key'])(
    'refuses the event stream to an operator without the role, with a control character in %s',
    async (name) => {
      const { token } = await newOperator(system(), ['viewer']);
      const path = ENDPOINTS.followBacktest.path.replace('{version}', 'v1');
      const headers = { ...bearer({ token }), [name]: '1\x7f' };
      const reply = await send(port(), request(`GET ${path}`, headers));
      expect([reply.status, reply.body]).toEqual([403, expect.stringContaining('role_missing')]);
    },
  );

  test('takes HTTP/1.0 without a Host', async () => {
    expect((await send(port(), 'GET /livez HTTP/1.0\r\n\r\n')).status).toBe(200);
  });

  test.each([
    '/v1/users/%ff/offers',
    '/v1/users/%/offers',
    '/v1/users/a%2fb/offers',
    '//v1/transactions',
    '/v1/./x',
  ])('returns 404 for the path %s', async (path) => {
    expect((await send(port(), request(`GET ${path}`, bearer(customer)))).status).toBe(404);
  });

  test.each(['/v1/credit-offers/%2e%2e', '/v1/credit-offers/..'])(
    'returns 404 not_found for %s, with and without a Host',
    async (path) => {
      const { authorization } = bearer(customer);
      for (const text of [
        request(`GET ${path}`, { authorization }),
        `GET ${path} HTTP/1.0\r\nAuthorization: ${authorization}\r\n\r\n`,
      ]) {
        const reply = await send(port(), text);
        expect(reply.status).toBe(404);
        expect(reply.body).toContain('"not_found"');
      }
    },
  );

  test('takes an Idempotency-Key for the same request when the offer id is spelled otherwise', async () => {
    const id = crypto.randomUUID();
    const key = crypto.randomUUID();
    const spellings = [id, id.toUpperCase(), id.replaceAll('-', '%2D')];
    const body = JSON.stringify({ userId: customer.id });
    const headers = {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'idempotency-key': key,
      ...bearer(customer),
    };
    for (const spelling of spellings) {
      const path = ENDPOINTS.acceptOffer.path.replace('{offer_id}', spelling);
      const reply = await send(port(), request(`POST ${path}`, headers, body));
      expect(reply.status).toBe(404);
      expect(reply.body).toContain('offer_not_found');
    }
  });

  test('returns 400 invalid_target for a fragment, which routing and forwarding would read apart', async () => {
    const reply = await send(port(), request(`GET ${customerPath()}/offers#x`, bearer(customer)));
    expect(reply.status).toBe(400);
    expect(reply.body).toContain('invalid_target');
  });

  test('returns 405 for a method that a path does not take, and 204 with Allow to OPTIONS', async () => {
    const wrong = await send(port(), request(`PUT ${customerPath()}/offers`, bearer(customer)));
    expect(wrong.status).toBe(405);
    expect(wrong.head).toContain('allow: get, head, options');
    const options = await send(port(), request('OPTIONS /v1/transactions'));
    expect(options.status).toBe(204);
    expect(options.head).toContain('allow: post, options');
  });

  test.each(['/offers', '/emotions/summary', '/notifications'])(
    "returns GET's head without a body to HEAD %s",
    async (path) => {
      const get = await send(port(), request(`GET ${customerPath()}${path}`, bearer(customer)));
      const head = await send(port(), request(`HEAD ${customerPath()}${path}`, bearer(customer)));
      expect([get.status, head.status]).toEqual([200, 200]);
      expect(head.body).toBe('');
      expect(head.head).toContain(`content-length: ${Buffer.byteLength(get.body)}`);
      expect(head.head).toContain('content-type: application/json');
      expect(/etag: (.*)/.exec(head.head)?.[1]).toBe(/etag: (.*)/.exec(get.head)?.[1] as string);
    },
  );

  test('ends a HEAD for an event stream', async () => {
    const headers = { accept: 'text/event-stream', ...bearer(customer) };
    const reply = await send(port(), request(`HEAD ${customerPath()}/notifications`, headers));
    expect(reply).toMatchObject({ status: 200, body: '' });
    expect(reply.head).toContain('text/event-stream');
  });

  test('names no length of a stream or a download in the response to a HEAD', async () => {
    for (const path of ['notifications', 'export']) {
      const headers = { ...bearer(customer), accept: path === 'export' ? '*/*' : 'text/event-stream' };
      const reply = await send(port(), request(`HEAD ${customerPath()}/${path}`, headers));
      expect([path, reply.status, reply.body]).toEqual([path, 200, '']);
      expect(reply.head).not.toContain('content-length');
    }
  });

  test('refuses two proofs of identity, also when each would do', async () => {
    const { authorization } = bearer(customer);
    const twice = await send(
      port(),
      request(`GET ${customerPath()}/offers`, { authorization: [authorization, authorization] }),
    );
    expect(twice.status).toBe(401);
    expect(twice.body).toContain('repeated_header');
  });

  test('refuses the body of a GET, which would be read by nobody', async () => {
    for (const method of ['GET', 'HEAD']) {
      const headers = { 'content-type': 'application/json', 'content-length': '10', ...bearer(customer) };
      const reply = await send(port(), request(`${method} ${customerPath()}/offers`, headers, '{"page":2}'));
      expect([method, reply.status]).toEqual([method, 422]);
      if (method === 'GET') expect(reply.body).toContain('"path":"/body"');
    }
    const empty = request(`GET ${customerPath()}/offers`, { 'content-length': '0', ...bearer(customer) });
    expect((await send(port(), empty)).status).toBe(200);
  });

  test('weighs Accept by its quality values', async () => {
    const typeFor = async (accept: string) => {
      const reply = await send(
        port(),
        request(`HEAD ${customerPath()}/notifications`, { accept, ...bearer(customer) }),
      );
      return reply.status === 200 ? /content-type: ([a-z/-]+)/.exec(reply.head)?.[1] : reply.status;
    };
    expect(await typeFor('text/event-stream;q=0, */*')).toBe('application/json');
    expect(await typeFor('application/json;q=0.5, text/event-stream')).toBe('text/event-stream');
    expect(await typeFor('application/json, text/event-stream;q=0.5')).toBe('application/json');
    expect(await typeFor('*/*')).toBe('application/json');
    expect(await typeFor('image/png')).toBe(406);
  });

  test.each(['?unknown=1', '?page=1&page=2'])('refuses the parameters %s', async (query) => {
    const reply = await send(port(), request(`GET ${customerPath()}/offers${query}`, bearer(customer)));
    expect(reply.status).toBe(422);
  });

  test('refuses parameters of a path that takes none', async () => {
    const body = JSON.stringify({ userId: customer.id, amount: 1 });
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
    const reply = await send(
      port(),
      request('POST /v1/transactions?dry=1', { ...headers, ...bearer(customer) }, body),
    );
    expect(reply.status).toBe(422);
  });

  test('a client that hangs up is no error of ours', async () => {
    const faults = async () => {
      const metrics = await Promise.all(
        system()
          .state()
          .children.flatMap(({ opsUrl }) =>
            opsUrl ? [fetch(`${opsUrl}/metrics`).then((r) => r.text())] : [],
          ),
      );
      return metrics.flatMap(
        (text) => text.match(/duration_seconds_count\{[^}]*status="500"[^}]*\} [1-9]\d*/g) ?? [],
      );
    };
    const events = { accept: 'text/event-stream', ...bearer(customer) };
    const half = { 'content-type': 'application/json', 'content-length': '1000', ...bearer(customer) };
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        await send(port(), request(`GET ${customerPath()}/notifications`, events), { hangUp: true });
        await send(port(), request(`POST ${customerPath()}/credit-analysis`, bearer(customer)), {
          hangUp: true,
        });
        await send(port(), request('POST /v1/transactions', half, '{"userId"'), { hangUp: true });
      }),
    );
    expect((await send(port(), request('GET /livez'))).status).toBe(200);
    expect(await faults()).toEqual([]);
  });

  const text = fc.oneof(fc.string({ maxLength: 20 }), fc.stringMatching(/^[!-~]{0,20}$/));
  const plain = (value: string) => value.replace(/[^\x20-\x7e]/g, '~');
  const shot = fc.record({
    method: fc.constantFrom('GET', 'HEAD', 'POST', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'),
    target: fc.oneof(
      fc.constantFrom(...ENDPOINT_LIST.map(([, { path }]) => path)),
      fc.constantFrom(
        'http://other.example/v1/transactions',
        '//x/y',
        '/v1/../livez',
        '/%2e%2e/%00',
        '/?',
        '/v1/users/%F0%9F/offers',
        'http://u:p@[::1/v1/transactions',
        'localhost:80',
        '*',
        '/v1/transactions#x',
        '/v1/transactions;a=b',
        '\\v1\\transactions',
        `/v1/users/${'x'.repeat(9000)}/offers`,
      ),
      text.map((value) => `/${encodeURI(plain(value))}`),
    ),
    // No Host, one, or two; HTTP libraries send one.
    hosts: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom<string[]>(['ecs'], ['x'], ['[::1]:80'], ['127.0.0.1']) },
      { weight: 3, arbitrary: text.map((value) => [plain(value)]) },
      { weight: 1, arbitrary: fc.constantFrom<string[]>([], ['ecs', 'ecs'], ['ecs', 'x']) },
    ),
    accept: fc.oneof(
      fc.constantFrom('*/*', 'text/event-stream;q=0.1, */*;q=0', ';;q=', ','),
      text.map(plain),
    ),
    encodings: fc.constantFrom<string[]>(
      [],
      ['gzip'],
      ['x-gzip'],
      ['br'],
      ['gzip, gzip'],
      ['gzip', 'identity'],
      ['IDENTITY'],
      ['deflate'],
      [','],
    ),
    authorization: fc.constantFrom('', 'own', 'twice', 'Bearer', 'Basic eDp5', 'Bearer e30.e30.e30'),
    body: fc.oneof(
      fc.constantFrom('{}', '\x1f\x8b\x08', GZIP_OF_EMPTY_OBJECT, GZIP_OF_EMPTY_OBJECT.slice(0, -4)),
      text.map(plain),
    ),
    contentLength: fc.constantFrom('right', 'none', 'less'),
  });

  test(
    `${REQUESTS} generated ones get no 5xx and no hang`,
    async () => {
      const statuses = new Set<number | null>();
      await fc.assert(
        fc.asyncProperty(fc.array(shot, { minLength: AT_ONCE, maxLength: AT_ONCE }), async (volley) => {
          const replies = await Promise.all(
            volley.map((generated) => {
              const { authorization } = bearer(customer);
              const proofs: Record<string, string[]> = {
                own: [authorization],
                twice: [authorization, authorization],
                '': [],
              };
              const length = {
                right: generated.body.length,
                less: Math.max(0, generated.body.length - 1),
                none: null,
              }[generated.contentLength as 'right'];
              const headers = {
                host: generated.hosts,
                accept: generated.accept,
                authorization: proofs[generated.authorization] ?? [generated.authorization],
                'content-type': 'application/json',
                'content-encoding': generated.encodings,
                'content-length': length === null ? [] : [String(length)],
              };
              const target = generated.target.replace('{user_id}', customer.id);
              const streams = generated.method === 'GET' && target.endsWith('/notifications');
              return send(port(), request(`${generated.method} ${target}`, headers, generated.body), {
                hangUp: streams,
              });
            }),
          );
          for (const { status } of replies) {
            statuses.add(status);
            // TRACE and the like end at the runtime, which may close without a word.
            if (status !== null) expect(status).toBeLessThan(500);
          }
        }),
        { numRuns: Math.ceil(REQUESTS / AT_ONCE), endOnFailure: true },
      );
      expect(statuses.has(401)).toBe(true);
      expect((await send(port(), request('GET /livez'))).status).toBe(200);
    },
    60_000 + REQUESTS * 10,
  );
});
