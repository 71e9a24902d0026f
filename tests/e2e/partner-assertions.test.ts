import { beforeAll, describe, expect, test } from 'bun:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { JWT_ASSERTION } from '../../sdk/contracts/partner.ts';
import { type TestPartners, usePartners } from '../harness/partners.ts';
import { useSystem } from '../harness/system.ts';

/** Requests for a token by private_key_jwt. */
const system = useSystem({ split: false, variables: { LOGIN_GUESSES_PER_ACCOUNT: '100' } });
let partners: TestPartners;
beforeAll(async () => {
  partners = await usePartners(system());
}, 60_000);

const codeOf = async (response: Response) =>
  `${response.status} ${((await response.json()) as { code?: string }).code ?? ''}`.trim();

/** Adds a partner with a key pair. */
async function addKeyHolder() {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const { client_id: id, client_secret } = await partners.add({
    scopes: ['emotions:write'],
    public_key: { ...(await exportJWK(publicKey)), kid: 'k1' },
  });
  expect(client_secret).toBeNull();
  const url = `${system().url}/v1/oauth/token`;
  return {
    id,
    assertionOf: (claims: object = {}, key = privateKey) =>
      new SignJWT({ iss: id, sub: id, aud: url, jti: crypto.randomUUID(), ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
        .setExpirationTime('exp' in claims ? (claims.exp as number) : '1m')
        .sign(key),
    send: (client_assertion: string, fields: Record<string, string> = {}, key?: string) =>
      partners.requestToken(
        { client_assertion_type: JWT_ASSERTION, client_assertion, ...fields },
        key === undefined ? {} : { 'idempotency-key': key },
      ),
  };
}

describe('the token endpoint', () => {
  test('takes an assertion of a private key once, for this address alone', async () => {
    const { id, assertionOf, send } = await addKeyHolder();
    const first = await assertionOf();
    const outcomes = await Promise.all([send(first), send(first), send(first)]);
    expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(outcomes.filter(({ status }) => status === 401)).toHaveLength(2);
    const { privateKey: strangersKey } = await generateKeyPair('ES256');
    const now = Math.floor(Date.now() / 1000);
    for (const badAssertion of [
      assertionOf({ aud: 'https://elsewhere.example.com/v1/oauth/token' }),
      assertionOf({ sub: 'ptn_00000000000000000000' }),
      assertionOf({ iss: `${id}0` }),
      assertionOf({ jti: '' }),
      assertionOf({ exp: now - 60 }),
      assertionOf({ exp: now + 3600 }),
      assertionOf({}, strangersKey),
    ]) {
      expect(await codeOf(await send(await badAssertion))).toBe('401 invalid_client');
    }
  });

  test('takes an assertion again in the request that used it, by its idempotency key, for a minute', async () => {
    const { assertionOf, send } = await addKeyHolder();
    const [assertion, key] = [await assertionOf(), crypto.randomUUID()];
    const repeats = await Promise.all(Array.from({ length: 3 }, () => send(assertion, {}, key)));
    expect(repeats.map(({ status }) => status)).toEqual([200, 200, 200]);
    const otherRequests = [
      () => send(assertion),
      () => send(assertion, {}, crypto.randomUUID()),
      () => send(assertion, { scope: 'emotions:write' }, key),
    ];
    for (const sendOther of otherRequests) expect(await codeOf(await sendOther())).toBe('401 invalid_client');
    expect((await send(assertion, {}, key)).status).toBe(200);
    await system().sql`update partner_assertions set claimed_at = claimed_at - interval '61 s'`;
    expect(await codeOf(await send(assertion, {}, key))).toBe('401 invalid_client');
  });

  test('takes an assertion that came without a key once, whatever key it has later', async () => {
    const { assertionOf, send } = await addKeyHolder();
    const assertion = await assertionOf();
    expect((await send(assertion)).status).toBe(200);
    expect(await codeOf(await send(assertion, {}, crypto.randomUUID()))).toBe('401 invalid_client');
    expect(await codeOf(await send(assertion))).toBe('401 invalid_client');
  });
});
