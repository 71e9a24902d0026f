import { describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { createBodyReader } from '../../platform/http/request-body.ts';
import { createPartnerTokens } from '../../platform/http/partner-token.ts';
import { createOperatorTokens } from '../../platform/http/operator-token.ts';
import { createSecretCheck, createTokens } from '../../platform/http/token.ts';
import { createAdmission } from '../../platform/resilience/admission.ts';
import { createQuota } from '../../platform/resilience/quota.ts';
import type { Health } from '../../sdk/contracts/health.ts';
import { Closed } from '../../sdk/contracts/common.ts';
import { type Endpoint, json, OWNER, response } from '../../sdk/contracts/endpoint.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { createRoutes } from './pipeline.ts';
import { createRateLimits } from './rate-limit.ts';
import type { Upstream, UpstreamName } from './upstreams.ts';

const { log, metrics } = createTestRuntime();
const secretKey = 'a key of the tests, long enough for it';
const tokens = createTokens({ secretKey });
const userId = Bun.randomUUIDv7();
const { token } = await tokens.sign(userId);

const GET: Endpoint = {
  method: 'GET',
  path: '/v1/users/{user_id}/thing',
  summary: 'of the test',
  tag: 'customers',
  auth: 'bearer',
  service: 'credit',
  priority: 'normal',
  params: { user_id: OWNER },
  response: response(200, Closed({}), 'it', {}),
  problems: [],
};
const PUT: Endpoint = { ...GET, method: 'PUT', body: json(Closed({ size: Type.Integer() })) };
const DELETE: Endpoint = { ...GET, method: 'DELETE', service: 'privacy' };

/** Each upstream returns its name, and the request. */
function upstreamOf(name: UpstreamName): Upstream {
  return {
    async send(endpoint, request) {
      const body = request.body && new TextDecoder().decode(request.body);
      return Response.json({ name, endpoint: endpoint.method, method: request.method, body });
    },
    ping: async () => {},
    close: async () => {},
  };
}

const healthy = async (): Promise<Health> => ({ status: 'ok', dependencies: {} });

function serve(endpoints: Endpoint[], { health = healthy } = {}) {
  const quota = createQuota({ perSecond: 1000, burst: 1000 });
  const app = createRoutes({
    keys: {
      tokens,
      operators: createOperatorTokens({ secretKey }),
      partners: createPartnerTokens({ secretKey }),
      isInternalKey: createSecretCheck('an internal key'),
    },
    log,
    metrics,
    rateLimits: createRateLimits({ user: quota, key: quota, partner: () => quota }),
    clientAddressOf: () => '203.0.113.9',
    admission: createAdmission(100),
    bodies: createBodyReader({ addressOf: () => '203.0.113.9' }),
    upstreams: {
      credit: upstreamOf('credit'),
      'emotion-ingestion': upstreamOf('emotion-ingestion'),
      'transaction-ingestion': upstreamOf('transaction-ingestion'),
      'back-office': upstreamOf('back-office'),
      privacy: upstreamOf('privacy'),
    },
    health,
    endpoints,
    pages: {},
  });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return (method: string, init: RequestInit & { url?: string } = {}) => {
    const { url = `http://localhost/v1/users/${userId}/thing`, ...rest } = init;
    return app.handle(new Request(url, { method, headers, ...rest }));
  };
}

describe('a path with several endpoints', () => {
  const ask = serve([GET, PUT, DELETE]);

  test('is forwarded by its method, to the service of that endpoint', async () => {
    expect(await (await ask('GET')).json()).toMatchObject({ name: 'credit', endpoint: 'GET' });
    expect(await (await ask('PUT', { body: '{"size":3}' })).json()).toEqual({
      name: 'credit',
      endpoint: 'PUT',
      method: 'PUT',
      body: '{"size":3}',
    });
    expect(await (await ask('DELETE')).json()).toMatchObject({ name: 'privacy', endpoint: 'DELETE' });
    const head = await ask('HEAD');
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'application/json;charset=utf-8']);
  });

  test('returns 405 with all its methods to any other, after the credentials', async () => {
    const allow = 'GET, HEAD, PUT, DELETE, OPTIONS';
    for (const method of ['POST', 'PATCH']) {
      const refused = await ask(method);
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, allow]);
      expect((await ask(method, { headers: {} })).status).toBe(401);
    }
    const options = await ask('OPTIONS', { headers: {} });
    expect([options.status, options.headers.get('allow')]).toEqual([204, allow]);
  });

  test('names HEAD only where GET is', async () => {
    const refused = await serve([PUT, DELETE])('GET');
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'PUT, DELETE, OPTIONS']);
  });
});

describe('a path without parameters', () => {
  const THINGS: Endpoint = {
    ...PUT,
    path: '/v1/things',
    params: {},
    query: Closed({ page: Type.Optional(Type.String()) }),
  };
  const ask = serve([THINGS, { ...THINGS, method: 'DELETE', body: undefined }]);

  test.each([
    ['of any host', 'http://h/v1/things'],
    ['over TLS', 'https://h/v1/things'],
    ['with a query', 'http://localhost:8080/v1/things?page=a/b?c'],
    ['with an empty query', 'http://localhost/v1/things?'],
  ])('is found %s', async (_, url) => {
    const response = await ask('PUT', { url, body: '{"size":3}' });
    expect([response.status, await response.json()]).toMatchObject([200, { endpoint: 'PUT' }]);
    expect((await ask('OPTIONS', { url })).headers.get('allow')).toBe('PUT, DELETE, OPTIONS');
    expect((await ask('GET', { url })).status).toBe(405);
  });

  test('is no other that begins or ends with it', async () => {
    for (const path of ['/v1/thing', '/v1/things/more', '/v1/v1/things', '//v1/things', '/V1/things']) {
      expect([path, (await ask('DELETE', { url: `http://localhost${path}` })).status]).toEqual([path, 404]);
    }
  });

  test('refuses an unknown parameter of its query', async () => {
    expect((await ask('DELETE', { url: 'http://localhost/v1/things?pages=1' })).status).toBe(422);
  });
});

test.each(['/livez', '/readyz', '/healthz'])('%s refuses a parameter that nothing reads', async (path) => {
  const ask = serve([GET]);
  const url = `http://localhost${path}?verbose=1`;
  const refused = await ask('GET', { url });
  expect([refused.status, await refused.json()]).toMatchObject([
    422,
    { errors: [{ path: '/query/verbose', message: 'Unexpected property' }] },
  ]);
  expect((await ask('GET', { url: `http://localhost${path}` })).status).toBe(200);
});

test('requests for the readiness that come at once share two checks of the services', async () => {
  let checks = 0;
  const health = () => {
    checks += 1;
    return Bun.sleep(5).then(healthy);
  };
  const ask = serve([GET], { health });
  const paths = ['/healthz', '/readyz'];
  const requests = Array.from({ length: 50 }, (_, index) =>
    ask('GET', { url: `http://localhost${paths[index % 2]}` }),
  );
  for (const response of await Promise.all(requests)) {
    expect([response.status, await response.json()]).toEqual([200, await healthy()]);
  }
  expect(checks).toBe(2);
});
