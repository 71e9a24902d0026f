import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { SignJWT } from 'jose';
import {
  AUDIENCE,
  type IdentityProvider,
  startIdentityProvider,
  SUBJECT,
} from '../../tests/harness/identity-provider.ts';
import { type Environment, readConfig } from '../kernel/config.ts';
import { OIDC_VARIABLES } from './oidc-variables.ts';
import { createKeys } from './principal.ts';

/** Tokens of a real provider, and what somebody without its key might send in their place. */
const SECRET_KEY = 'a key of the tests, long enough for it';
let provider: IdentityProvider;
let other: IdentityProvider;
beforeAll(async () => {
  [provider, other] = [await startIdentityProvider(), await startIdentityProvider()];
});
afterAll(() => {
  provider.close();
  other.close();
});

const keysOf = (env: Environment = {}) =>
  createKeys({
    SECRET_KEY,
    ...readConfig({ OIDC_ISSUER: provider.issuer, OIDC_AUDIENCE: AUDIENCE, ...env }, OIDC_VARIABLES),
  }).operators;
const seconds = () => Math.floor(Date.now() / 1000);
const claimsOf = (changes: Record<string, unknown> = {}) => ({
  iss: provider.issuer,
  aud: AUDIENCE,
  sub: 'grace',
  iat: seconds(),
  exp: seconds() + 600,
  roles: ['approver'],
  ...changes,
});

describe('a token of the provider', () => {
  test('names an operator of the issuer, with its roles', async () => {
    const token = await provider.tokenOf({ roles: ['risk', 'viewer', 'king'] });
    const holder = await keysOf().verify(token);
    expect(holder).toMatchObject({
      name: `${SUBJECT}@${provider.issuer}`,
      roles: ['risk', 'viewer'],
      tokenVersion: null,
    });
    expect((holder?.expiresAtMs ?? 0) - Date.now()).toBeGreaterThan(500_000);
  });

  test.each<[string, Environment, Record<string, unknown>]>([
    ['a path', { OIDC_ROLES_CLAIM: 'realm_access.roles' }, { realm_access: { roles: ['risk'] } }],
    ['a name with dots', { OIDC_ROLES_CLAIM: 'https://e.com/roles' }, { 'https://e.com/roles': ['risk'] }],
    ['a text', {}, { roles: 'risk' }],
    [
      'words of its own',
      { OIDC_ROLES_MAP: 'credit risk=risk, x=auditor' },
      { roles: ['credit risk', 'viewer'] },
    ],
  ])('has its roles in a claim as configured: %s', async (_, env, claims) => {
    expect(await keysOf(env).verify(await provider.tokenOf(claims))).toMatchObject({ roles: ['risk'] });
  });

  test.each<[string, Record<string, unknown>]>([
    ['none', {}],
    ['an object', { roles: { risk: true } }],
    ['those of the prototype', { roles: ['constructor', '__proto__'] }],
    ['another claim', { groups: ['risk'] }],
  ])('has no role that is not there: %s', async (_, claims) => {
    expect(await keysOf().verify(await provider.tokenOf(claims))).toMatchObject({ roles: [] });
  });

  test('may be named by another claim of the provider', async () => {
    const token = await provider.tokenOf({ preferred_username: 'ada' });
    const keys = keysOf({ OIDC_NAME_CLAIM: 'preferred_username' });
    expect(await keys.verify(token)).toMatchObject({ name: `ada@${provider.issuer}` });
    expect(await keys.verify(await provider.tokenOf({}))).toBeNull();
  });

  test('is taken after the provider has changed its key, and one of the key before is not', async () => {
    const keys = keysOf();
    const before = await provider.tokenOf({});
    expect(await keys.verify(before)).not.toBeNull();
    const fetched = provider.requests['/jwks'];
    expect(await keys.verify(before)).not.toBeNull();
    expect(provider.requests['/jwks']).toBe(fetched);
    await provider.rotate();
    const after = await provider.tokenOf({});
    const deadline = Date.now() + 10_000;
    while ((await keys.verify(after)) === null && Date.now() < deadline) await Bun.sleep(100);
    expect(await keys.verify(after)).not.toBeNull();
    expect(await keys.verify(before)).toBeNull();
  }, 20_000);

  test('cannot be told while the provider is down, and can when it is back', async () => {
    const keys = keysOf();
    const token = await provider.tokenOf({});
    provider.setDown(true);
    await expect(keys.verify(token)).rejects.toMatchObject({ code: 'identity_provider_unavailable' });
    provider.setDown(false);
    expect(await keys.verify(token)).not.toBeNull();
  });
});

describe('nothing else is one', () => {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const FORGED: [string, () => Promise<string>][] = [
    ['of another audience', () => provider.tokenOf({ roles: ['risk'] }, 'https://elsewhere.example.com/')],
    ['without an audience', () => provider.sign(claimsOf({ aud: undefined }))],
    ['that has expired', () => provider.sign(claimsOf({ iat: seconds() - 700, exp: seconds() - 60 }))],
    ['without an end', () => provider.sign(claimsOf({ exp: undefined }))],
    [
      'that is older than a day',
      () => provider.sign(claimsOf({ iat: seconds() - 100_000, exp: seconds() + 600 })),
    ],
    ['of the future', () => provider.sign(claimsOf({ nbf: seconds() + 600 }))],
    ['without a subject', () => provider.sign(claimsOf({ sub: undefined }))],
    ['with a subject that is no text', () => provider.sign(claimsOf({ sub: 7 }))],
    ['with a subject of two lines', () => provider.sign(claimsOf({ sub: 'a\nb' }))],
    ['of another issuer', () => other.tokenOf({ roles: ['risk'] })],
    ['of another issuer in the name of this one', () => other.sign(claimsOf())],
    [
      'of another issuer with the key id of this one',
      () => other.sign(claimsOf(), { kid: provider.publicKey().kid ?? '' }),
    ],
    ['of a key that nobody knows', () => provider.sign(claimsOf(), { kid: 'unknown' })],
    ['without a signature', async () => `${encode({ alg: 'none' })}.${encode(claimsOf())}.`],
    ['with its signature cut off', async () => (await provider.sign(claimsOf())).replace(/\.[^.]*$/, '.')],
    [
      'with other claims under its signature',
      async () => {
        const [header, , signature] = (await provider.sign(claimsOf())).split('.');
        return `${header}.${encode(claimsOf({ roles: ['approver', 'risk'] }))}.${signature}`;
      },
    ],
    [
      'signed with the public key as a secret',
      async () => {
        const { kid = '', n = '' } = provider.publicKey();
        const secret = new TextEncoder().encode(n);
        return new SignJWT(claimsOf()).setProtectedHeader({ alg: 'HS256', kid }).sign(secret);
      },
    ],
    [
      "signed with our own key in the provider's name",
      () =>
        new SignJWT(claimsOf())
          .setProtectedHeader({ alg: 'HS256' })
          .sign(new TextEncoder().encode(SECRET_KEY)),
    ],
    ['that is no token', async () => 'no.token.here'],
  ];

  test('but the same claims, well signed', async () => {
    expect(await keysOf().verify(await provider.sign(claimsOf()))).toMatchObject({ roles: ['approver'] });
  });

  test.each(FORGED)('not one %s', async (_, forge) => {
    expect(await keysOf().verify(await forge())).toBeNull();
  });

  test('without a provider, none of its tokens', async () => {
    const { operators } = createKeys({ SECRET_KEY });
    expect(await operators.verify(await provider.tokenOf({ roles: ['risk'] }))).toBeNull();
  });

  test("beside a provider, our own operators' tokens are what they were", async () => {
    const operator = { name: 'ada', roles: ['risk'], tokenVersion: 3 } as const;
    const { token } = await keysOf().sign(operator);
    expect(await keysOf().verify(token)).toMatchObject(operator);
  });
});

describe('the configuration', () => {
  const problemOf = (env: Environment) => {
    try {
      readConfig(env, OIDC_VARIABLES);
      return null;
    } catch (error) {
      return (error as Error).message;
    }
  };
  test.each<[Environment, string | null]>([
    [{}, null],
    [{ OIDC_ISSUER: 'https://login.example.com/realms/ecs', OIDC_AUDIENCE: 'ecs' }, null],
    [{ OIDC_ISSUER: 'https://login.example.com' }, 'OIDC_AUDIENCE is missing'],
    [{ OIDC_ISSUER: 'http://login.example.com', OIDC_AUDIENCE: 'ecs' }, 'OIDC_ISSUER must be https'],
    [{ OIDC_ISSUER: 'http://127.0.0.1.example.com', OIDC_AUDIENCE: 'ecs' }, 'must be https'],
    [{ OIDC_ISSUER: 'login.example.com', OIDC_AUDIENCE: 'ecs' }, 'must be a URL'],
    [{ OIDC_ISSUER: 'https://a:b@login.example.com', OIDC_AUDIENCE: 'ecs' }, 'without credentials'],
    [{ OIDC_ROLES_MAP: 'a=king' }, 'must be pairs like'],
    [{ OIDC_NAME_CLAIM: 'email' }, 'must be one of'],
  ])('%p: %p', (env, expected) => {
    if (expected === null) expect(problemOf(env)).toBeNull();
    else expect(problemOf(env)).toContain(expected);
  });
});
