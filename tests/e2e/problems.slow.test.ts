import { beforeAll, describe, expect, test } from 'bun:test';
import { SignJWT } from 'jose';
import { storeOffer } from '../harness/offers.ts';
import { bearer, type Customer, emotionOf, json, newCustomer, useSystem } from '../harness/system.ts';

/** Every problem of the contract, through the gateway of a running system. */
const system = useSystem({ split: true });
let ada: Customer;
let eve: Customer;

beforeAll(async () => {
  [ada, eve] = await Promise.all([newCustomer(system().url), newCustomer(system().url)]);
});

async function call(path: string, init: RequestInit = {}) {
  const response = await fetch(`${system().url}${path}`, init);
  const text = await response.text();
  const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: response.status, body, text, headers: response.headers };
}

/** Expects a whole problem document that reveals nothing of the inside. */
async function expectProblem(path: string, init: RequestInit, status: number, code: string) {
  const response = await call(path, init);
  expect({ status: response.status, code: response.body.code }).toEqual({ status, code });
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('x-request-id')).toBe(response.body.requestId as string);
  // A copy: `toMatchObject` writes its matchers into its argument.
  expect({ ...response.body }).toMatchObject({
    type: expect.any(String),
    title: expect.any(String),
    status,
    detail: expect.any(String),
  });
  expect(response.text).not.toMatch(/node_modules|\.ts:|select |insert |at async/i);
  return response;
}

const internal = () => ({ 'x-internal-key': system().internalKey });
const transaction = (userId: string, changes = {}) => ({ userId, amount: 12.5, ...changes });

describe('authentication', () => {
  const forged = async (
    claims: { sub?: string; iss?: string; aud?: string; exp?: number },
    key = 'k'.repeat(32),
  ) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(claims.sub ?? ada.id)
      .setIssuer(claims.iss ?? 'ecs')
      .setAudience(claims.aud ?? 'ecs-api')
      .setIssuedAt()
      .setExpirationTime(claims.exp ?? '1h')
      .sign(new TextEncoder().encode(key));

  test('401 without a token, with a forged one, with an unsigned one, on every endpoint that needs one', async () => {
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ sub: ada.id }))}.`.replaceAll(
      '=',
      '',
    );
    const endpoints: [string, string][] = [
      ['POST', '/v1/transactions'],
      ['POST', '/v1/transactions/batch'],
      ['POST', '/v1/emotions/stream'],
      ['POST', '/v1/emotions/batch'],
      ['POST', `/v1/users/${ada.id}/credit-analysis`],
      ['GET', `/v1/users/${ada.id}`],
      ['GET', `/v1/users/${ada.id}/offers`],
      ['GET', `/v1/credit-offers/${crypto.randomUUID()}`],
      ['POST', `/v1/credit-offers/${crypto.randomUUID()}/accept`],
      ['GET', `/v1/users/${ada.id}/notifications`],
      ['GET', `/v1/users/${ada.id}/emotions/summary`],
    ];
    for (const [method, path] of endpoints) {
      await expectProblem(path, { method }, 401, 'missing_token');
      for (const token of [await forged({}), unsigned, 'nonsense']) {
        const { headers } = await expectProblem(
          path,
          { method, headers: bearer({ token }) },
          401,
          'invalid_token',
        );
        expect(headers.get('www-authenticate')).toStartWith('Bearer');
      }
    }
  });

  test('401 for a wrong internal key, before any other check', async () => {
    const headers = { 'x-internal-key': 'wrong', 'content-type': 'text/plain' };
    await expectProblem(
      '/v1/emotions/stream',
      { method: 'POST', headers, body: '{' },
      401,
      'invalid_internal_key',
    );
    await expectProblem('/v1/emotions/stream', { method: 'DELETE', headers }, 401, 'invalid_internal_key');
    await expectProblem(
      '/v1/transactions',
      { method: 'POST', headers: { ...headers, ...bearer(ada) }, body: '{' },
      401,
      'invalid_internal_key',
    );
  });

  test('the internal key opens nothing that belongs to a customer', async () => {
    await expectProblem(`/v1/users/${ada.id}/offers`, { headers: internal() }, 401, 'missing_token');
    await expectProblem(`/v1/users/${ada.id}`, { headers: internal() }, 401, 'missing_token');
    await expectProblem(`/v1/users/${ada.id}/credit-analysis`, json({}, internal()), 401, 'missing_token');
  });

  test('returns the same response for a login with an unknown e-mail and a wrong password', async () => {
    const wrong = await expectProblem(
      '/v1/auth/login',
      json({ email: ada.email, password: 'not the password' }),
      401,
      'invalid_credentials',
    );
    const unknown = await expectProblem(
      '/v1/auth/login',
      json({ email: `${crypto.randomUUID()}@example.com`, password: 'not the password' }),
      401,
      'invalid_credentials',
    );
    expect({ ...unknown.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
  });

  test('register refuses a taken e-mail in any case, a bad e-mail, and passwords under 8 or over 128', async () => {
    const password = 'long enough';
    await expectProblem(
      '/v1/auth/register',
      json({ email: ada.email.toUpperCase(), password }),
      409,
      'email_taken',
    );
    const bad: Record<string, unknown>[] = [
      { email: 'nobody', password },
      { email: 'a@b', password },
      { email: 'a b@example.com', password },
      { email: 'new@example.com', password: '1234567' },
      { email: 'new@example.com', password: 'x'.repeat(129) },
      { email: 'new@example.com', password, admin: true },
      { email: 'new@example.com', password, jurisdiction: 'UK' },
      { email: 'new@example.com', password, jurisdiction: 'br' },
      { email: 'new@example.com', password, jurisdiction: null },
      { email: 'new@example.com', password, locale: 'pt' },
      { email: 'new@example.com' },
    ];
    for (const body of bad) {
      const response = await expectProblem('/v1/auth/register', json(body), 422, 'invalid_request');
      expect(response.text).not.toContain(JSON.stringify(body.password ?? 'no password').slice(1, -1));
    }
  });
});

describe('owners', () => {
  test("404 for another's resources, as for ones that do not exist", async () => {
    const headers = bearer(eve);
    await expectProblem(`/v1/users/${ada.id}`, { headers }, 404, 'user_not_found');
    await expectProblem(`/v1/users/${ada.id}/offers`, { headers }, 404, 'user_not_found');
    await expectProblem(`/v1/users/${ada.id}/notifications`, { headers }, 404, 'user_not_found');
    await expectProblem(`/v1/users/${ada.id}/emotions/summary`, { headers }, 404, 'user_not_found');
    await expectProblem(
      `/v1/users/${ada.id}/credit-analysis`,
      { method: 'POST', headers },
      404,
      'user_not_found',
    );
    await expectProblem('/v1/users/nonsense/offers', { headers }, 404, 'user_not_found');
    const sse = { ...headers, accept: 'text/event-stream' };
    await expectProblem(`/v1/users/${ada.id}/notifications`, { headers: sse }, 404, 'user_not_found');
  });

  test("404 for reading or accepting another's offer; its owner still has it", async () => {
    const { sql } = system();
    const id = await storeOffer(sql, ada.id);
    await expectProblem(`/v1/credit-offers/${id}`, { headers: bearer(eve) }, 404, 'offer_not_found');
    const accept = `/v1/credit-offers/${id}/accept`;
    await expectProblem(accept, { method: 'POST', headers: bearer(eve) }, 404, 'offer_not_found');
    await expectProblem(accept, json({ userId: ada.id }, bearer(eve)), 403, 'not_your_user');
    expect(await call(`/v1/credit-offers/${id}`, { headers: bearer(ada) })).toMatchObject({
      status: 200,
      body: { status: 'offered' },
    });
    await sql`update credit_limits set expires_at = now() where id = ${id}`;
    await expectProblem(accept, { method: 'POST', headers: bearer(ada) }, 410, 'offer_expired');
    await expectProblem('/v1/credit-offers/nonsense', { headers: bearer(ada) }, 404, 'offer_not_found');
    // A body that has no owner in its schema has an unknown property, whoever it names.
    for (const userId of [ada.id, eve.id]) {
      await expectProblem(
        `/v1/credit-offers/${id}/close`,
        json({ userId }, bearer(ada)),
        422,
        'invalid_request',
      );
    }
  });

  test('403 for writing on behalf of another, one by one and in a batch', async () => {
    await expectProblem('/v1/transactions', json(transaction(ada.id), bearer(eve)), 403, 'not_your_user');
    await expectProblem('/v1/emotions/stream', json(emotionOf(ada.id), bearer(eve)), 403, 'not_your_user');
    const headers = { ...bearer(eve), 'content-type': 'application/x-ndjson' };
    const foreign = JSON.stringify(transaction(ada.id));
    const batch = { method: 'POST', headers, body: foreign };
    await expectProblem('/v1/transactions/batch', batch, 403, 'not_your_user');
    const mixed = { ...batch, body: `${foreign}\n${JSON.stringify(transaction(eve.id))}` };
    expect(await call('/v1/transactions/batch', mixed)).toMatchObject({
      status: 202,
      body: { accepted: 1, rejected: [{ line: 1, code: 'not_your_user' }] },
    });
  });
});

describe('requests', () => {
  test('404 unknown path, 405 wrong method with Allow, 415 wrong type, 413 too large, 400 unparsable', async () => {
    const post = (body: string | Uint8Array, type = 'application/json'): RequestInit => ({
      method: 'POST',
      headers: { ...bearer(ada), 'content-type': type },
      body: body as BodyInit,
    });
    await expectProblem('/v1/nothing', {}, 404, 'not_found');
    await expectProblem('/metrics', {}, 404, 'not_found');
    const { headers } = await expectProblem(
      '/v1/transactions',
      { headers: bearer(ada) },
      405,
      'method_not_allowed',
    );
    expect(headers.get('allow')).toBe('POST, OPTIONS');
    await expectProblem('/v1/transactions', post('{}', 'text/plain'), 415, 'unsupported_media_type');
    await expectProblem(
      '/v1/transactions',
      post(JSON.stringify({ a: 'x'.repeat(70_000) })),
      413,
      'content_too_large',
    );
    await expectProblem(
      '/v1/transactions/batch',
      post('x'.repeat(1_100_000), 'application/x-ndjson'),
      413,
      'content_too_large',
    );
    await expectProblem('/v1/transactions', post('{"userId":'), 400, 'malformed_body');
    await expectProblem('/v1/transactions', post(''), 400, 'malformed_body');
    await expectProblem('/v1/transactions', post(new Uint8Array([0x7b, 0xff, 0x7d])), 400, 'malformed_body');
  });

  test('a body may be gzip, counts decoded, and no other encoding is guessed', async () => {
    const send = (bytes: Uint8Array<ArrayBuffer>, encoding = 'gzip') => ({
      method: 'POST',
      headers: {
        ...bearer(ada),
        'content-type': 'application/x-ndjson',
        'content-encoding': encoding,
      },
      body: bytes,
    });
    const lines = Array.from({ length: 100 }, (_, at) => JSON.stringify({ userId: ada.id, amount: at + 1 }));
    const batch = Bun.gzipSync(lines.join('\n'));
    const response = await fetch(`${system().url}/v1/transactions/batch`, send(batch));
    expect([response.status, await response.json()]).toMatchObject([202, { accepted: 100, rejected: [] }]);
    const bomb = Bun.gzipSync(new Uint8Array(20_000_000));
    await expectProblem('/v1/transactions/batch', send(bomb), 413, 'content_too_large');
    await expectProblem('/v1/transactions/batch', send(batch.subarray(0, -9)), 400, 'malformed_body');
    const { headers } = await expectProblem(
      '/v1/transactions/batch',
      send(batch, 'br'),
      415,
      'unsupported_content_encoding',
    );
    expect(headers.get('accept-encoding')).toBe('gzip');
  });

  test('a body without a length is cut off at its limit', async () => {
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('x'.repeat(16_384))),
    });
    const headers = { ...bearer(ada), 'content-type': 'application/json' };
    const response = await call('/v1/transactions', { method: 'POST', headers, body: endless }).catch(() => ({
      status: 413,
    }));
    expect(response.status).toBe(413);
  });

  test.each<[string, unknown]>([
    ['no amount', { amount: undefined }],
    ['a negative amount', { amount: -1 }],
    ['nothing', { amount: 0 }],
    ['a third decimal', { amount: 1.005 }],
    ['too much', { amount: 1_000_000_000 }],
    ['an amount as text', { amount: '12.50' }],
    ['an unknown property', { currency: 'EUR' }],
    ['a source of its own', { source: 'platform' }],
    ['an id that is none', { eventId: 'x' }],
    ['31 days ago', { occurredAt: new Date(Date.now() - 31 * 86_400_000).toISOString() }],
    ['in 6 minutes', { occurredAt: new Date(Date.now() + 6 * 60_000).toISOString() }],
    ['30 February', { occurredAt: '2026-02-30T00:00:00Z' }],
  ])('422 for a transaction with %s, with the path of what is wrong', async (_, changes) => {
    const body = transaction(ada.id, changes as object);
    const response = await expectProblem('/v1/transactions', json(body, bearer(ada)), 422, 'invalid_request');
    const errors = response.body.errors as { path: string; message: string }[];
    expect(errors[0]?.path).toBe(`/body/${Object.keys(changes as object)[0]}`);
  });

  test('422 for an emotion out of range, of the wrong type, or with unknown metrics', async () => {
    const metrics = { positivity: 0.5, intensity: 0.5, stress_level: 0.5 };
    for (const wrong of [{ positivity: 1.1 }, { intensity: -0.1 }, { stress_level: null }, { mood: 1 }]) {
      const emotionEvent = { type: 'calm', metrics: { ...metrics, ...wrong } };
      const init = json(emotionOf(ada.id, { emotionEvent }), internal());
      const { body } = await expectProblem('/v1/emotions/stream', init, 422, 'invalid_request');
      expect((body.errors as { path: string }[])[0]?.path).toBe(
        `/body/emotionEvent/metrics/${Object.keys(wrong)[0]}`,
      );
    }
  });

  test('422 for a batch without events, with too many, or without a good one', async () => {
    const batch = (body: string): RequestInit => ({
      method: 'POST',
      headers: { ...internal(), 'content-type': 'application/x-ndjson' },
      body,
    });
    await expectProblem('/v1/emotions/batch', batch('\n\n'), 422, 'invalid_request');
    await expectProblem('/v1/emotions/batch', batch('{}\n'.repeat(1001)), 422, 'invalid_request');
    const { body } = await expectProblem('/v1/emotions/batch', batch('{}\nnot json'), 422, 'invalid_request');
    expect((body.errors as { path: string }[]).map(({ path }) => path)).toEqual(['/body/1', '/body/2']);
  });

  test('control characters are refused, not carried to the database', async () => {
    const nul = '\u0000';
    const login = { email: `a${nul}@example.com`, password: `x${nul}yyyyyyy` };
    const { body } = await expectProblem('/v1/auth/login', json(login), 422, 'invalid_request');
    expect(body.errors).toEqual([{ path: '/body/email', message: 'Expected an e-mail address' }]);
    const emotionEvent = { ...emotionOf(ada.id).emotionEvent, type: `calm${nul}` };
    await expectProblem(
      '/v1/emotions/stream',
      json(emotionOf(ada.id, { emotionEvent }), internal()),
      422,
      'invalid_request',
    );
    await expectProblem('/v1/auth/login', json({ ...login, email: ada.email }), 401, 'invalid_credentials');
  });

  test('422 for pages that cannot be', async () => {
    for (const query of ['page=0', 'page_size=101', 'page_size=x', 'page_size=1.5', 'pagesize=5']) {
      await expectProblem(
        `/v1/users/${ada.id}/offers?${query}`,
        { headers: bearer(ada) },
        422,
        'invalid_request',
      );
    }
  });

  test('an event without an offset is UTC, microseconds are fine', async () => {
    const timestamp = `${new Date().toISOString().slice(0, 19)}.123456`;
    expect(
      await call('/v1/emotions/stream', json(emotionOf(ada.id, { timestamp }), internal())),
    ).toMatchObject({
      status: 202,
    });
  });

  test("the client's request id comes back when it is a sane one, else a new one", async () => {
    const withId = (id: string) => call('/v1/nothing', { headers: { 'x-request-id': id } });
    expect((await withId('order-17')).headers.get('x-request-id')).toBe('order-17');
    for (const bad of ['x'.repeat(129), 'a b']) {
      expect((await withId(bad)).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});
