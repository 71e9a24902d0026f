import { expect, test } from 'bun:test';
import { exportJWK, generateKeyPair, type JWK, jwtVerify } from 'jose';
import { EcsClient } from '../client.ts';
import { failureOf, startTestServer, USER } from './test-server.ts';

const OFFERS = { total: 0, page: 1, page_size: 10, items: [] };
const client = { clientId: 'ptn_1', clientSecret: 'ecs_secret_1' };
const oauthError = (status: number, error: string) =>
  Response.json({ error, error_description: 'D', code: error, requestId: 'r-1' }, { status });

/** A server with a token endpoint, whose tokens are numbered; the API takes those from `firstGood` on. */
function startTokenServer({
  expiresIn = 900,
  firstGood = 1,
  refusal = (_: number): Response | null => null,
} = {}) {
  const forms: URLSearchParams[] = [];
  const server = startTestServer(async ({ path, body, headers }) => {
    if (path !== '/v1/oauth/token') {
      const number = Number(/token-(\d+)/.exec(headers.get('authorization') ?? '')?.[1]);
      if (number >= firstGood) return Response.json(OFFERS);
      return Response.json({ code: 'invalid_token', detail: 'D' }, { status: 401 });
    }
    forms.push(new URLSearchParams(body));
    const number = forms.length;
    return (
      refusal(number) ??
      Response.json({
        access_token: `token-${number}`,
        token_type: 'bearer',
        expires_in: expiresIn,
        scope: '',
      })
    );
  });
  return Object.assign(server, { forms });
}

test('a token is fetched once for all calls that wait, also of clients made by withOptions, and kept', async () => {
  await using server = startTokenServer();
  const ecs = server.client({ ...client, scope: 'emotions:write' });
  const shared = ecs.withOptions({ maxRetries: 1 });
  await Promise.all([ecs.offers.list(USER), ecs.offers.list(USER), shared.offers.list(USER)]);
  await ecs.withOptions({ headers: { 'x-tag': '1' } }).offers.list(USER);
  expect(server.forms.map((form) => Object.fromEntries(form))).toEqual([
    {
      grant_type: 'client_credentials',
      client_id: 'ptn_1',
      client_secret: 'ecs_secret_1',
      scope: 'emotions:write',
    },
  ]);
});

test('a token is renewed before its end, and once when the API rejects it', async () => {
  await using ending = startTokenServer({ expiresIn: 0 });
  const ecs = ending.client(client);
  await ecs.offers.list(USER);
  await ecs.offers.list(USER);
  expect(ending.forms).toHaveLength(2);
  await using rejecting = startTokenServer({ firstGood: 2 });
  const renewing = rejecting.client({ ...client, maxRetries: 0 });
  await renewing.offers.list(USER);
  await renewing.offers.list(USER);
  expect(rejecting.forms).toHaveLength(2);
});

test('a wrong secret is an error with its code, at once; a busy endpoint is asked again', async () => {
  await using wrong = startTokenServer({ refusal: () => oauthError(401, 'invalid_client') });
  const error = await failureOf(wrong.client(client).offers.list(USER));
  expect(error).toMatchObject({ name: 'AuthenticationError', code: 'invalid_client', requestId: 'r-1' });
  expect(String(error)).not.toContain('ecs_secret');
  expect(wrong.forms).toHaveLength(1);
  const busy = (number: number) => (number === 1 ? oauthError(503, 'temporarily_unavailable') : null);
  await using recovering = startTokenServer({ refusal: busy });
  await recovering.client(client).offers.list(USER);
  expect(recovering.forms).toHaveLength(2);
});

test.each(['ES256', 'ES384', 'RS256', 'PS256', 'EdDSA'])(
  'a private key signs assertions with %s',
  async (alg) => {
    await using server = startTokenServer();
    const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), kid: 'k1', alg } as JWK & { kty: string };
    await server.client({ clientId: 'ptn_1', privateKey: jwk }).offers.list(USER);
    const assertion = server.forms[0]?.get('client_assertion') ?? '';
    const { payload, protectedHeader } = await jwtVerify(assertion, publicKey, {
      issuer: 'ptn_1',
      subject: 'ptn_1',
      audience: `${server.baseUrl}/v1/oauth/token`,
      requiredClaims: ['jti', 'exp'],
    });
    expect(protectedHeader).toMatchObject({ alg, kid: 'k1' });
    // Half of the ten minutes that the API takes: either clock may be ahead of the other by it.
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
  },
);

test('credentials that do not fit together are refused by name', async () => {
  const baseUrl = 'http://localhost:1';
  for (const [options, name] of [
    [{ clientId: 'a' }, 'clientSecret'],
    [{ clientSecret: 'b' }, 'clientId'],
    [{ ...client, privateKey: { kty: 'EC' } }, 'one of them'],
    [{ ...client, token: 't' }, 'token'],
  ] as const) {
    expect(() => new EcsClient({ baseUrl, ...options })).toThrow(name);
  }
  await using server = startTokenServer();
  const unusable = server.client({
    clientId: 'a',
    privateKey: { kty: 'EC', crv: 'P-256', d: 'secret-part' },
  });
  const error = await failureOf(unusable.offers.list(USER));
  expect(error).toMatchObject({ code: 'invalid_credentials_format' });
  expect(String(error)).not.toContain('secret-part');
});

test('a redirect of the token endpoint is not followed: the secret goes nowhere else', async () => {
  await using thief = startTestServer(() => Response.json({ access_token: 'token-1', expires_in: 900 }));
  await using server = startTestServer(() => Response.redirect(`${thief.baseUrl}/v1/oauth/token`, 307));
  const error = await failureOf(server.client(client).offers.list(USER));
  expect(error).toMatchObject({ status: 307 });
  expect(thief.requests).toHaveLength(0);
});
