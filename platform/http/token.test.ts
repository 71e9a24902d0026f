import { describe, expect, test } from 'bun:test';
import { SignJWT, UnsecuredJWT } from 'jose';
import { createSignedClaims } from './signed-claims.ts';
import { createSecretCheck, createTokens } from './token.ts';

const CUSTOMER = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8a';
const OTHER = '0198f3a2-7c11-7d3e-9b53-0d6a1f2c4e8b';
const OLD = 'o'.repeat(32);
const NEW = 'n'.repeat(32);
const tokens = createTokens({ secretKey: OLD });

const forge = (
  header: Record<string, unknown>,
  claims: { iss?: string; aud?: string; exp?: string | number } = {},
  key = OLD,
) =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'HS256', ...header })
    .setSubject(CUSTOMER)
    .setIssuer(claims.iss ?? 'ecs')
    .setAudience(claims.aud ?? 'ecs-api')
    .setIssuedAt()
    .setExpirationTime(claims.exp ?? '1h')
    .sign(new TextEncoder().encode(key));

/** The key id that a token of this key carries. */
async function kidOf(secretKey: string): Promise<string> {
  const { token } = await createTokens({ secretKey }).sign(CUSTOMER);
  return (JSON.parse(atob(token.split('.')[0] ?? '')) as { kid: string }).kid;
}

describe('a token', () => {
  test('is verified to its subject', async () => {
    const { token, expiresInSeconds } = await tokens.sign(CUSTOMER);
    expect(expiresInSeconds).toBe(3600);
    expect((await tokens.verify(token))?.userId).toBe(CUSTOMER);
  });

  test('is rejected when it is expired, by the clock that is given', async () => {
    let nowMs = Date.now();
    const clocked = createTokens({ secretKey: OLD, ttlSeconds: 60, now: () => new Date(nowMs) });
    const { token } = await clocked.sign(CUSTOMER);
    nowMs += 59_000;
    expect((await clocked.verify(token))?.userId).toBe(CUSTOMER);
    nowMs += 2000;
    expect(await clocked.verify(token)).toBeNull();
  });

  test('is rejected with another key, issuer, audience or algorithm, unsigned, changed, or cut', async () => {
    const kid = await kidOf(OLD);
    const { token } = await tokens.sign(CUSTOMER);
    const [head, , signature] = token.split('.');
    const forgedPayload = btoa(
      JSON.stringify({ sub: OTHER, iss: 'ecs', aud: 'ecs-api', exp: 4e9 }),
    ).replaceAll('=', '');
    const refused = [
      await forge({ kid }, {}, 'x'.repeat(32)),
      await forge({ kid: 'unknown' }),
      await forge({}),
      await forge({ kid }, { iss: 'other' }),
      await forge({ kid }, { aud: 'other' }),
      await forge({ kid }, { exp: 1 }),
      await forge({ kid, alg: 'HS512' }),
      new UnsecuredJWT({ sub: CUSTOMER })
        .setIssuer('ecs')
        .setAudience('ecs-api')
        .setExpirationTime('1h')
        .encode(),
      `${head}.${forgedPayload}.${signature}`,
      token.slice(0, -2),
      '',
      'a.b.c',
    ];
    for (const refusedToken of refused) expect(await tokens.verify(refusedToken)).toBeNull();
    expect((await tokens.verify(await forge({ kid })))?.userId).toBe(CUSTOMER);
  });

  test('is rejected when its claims are none of ours, though its signature is', async () => {
    const kid = await kidOf(OLD);
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: 'ecs', aud: 'ecs-api', sub: CUSTOMER, iat: now, exp: now + 60 };
    const sign = (changes: Record<string, unknown>) =>
      new SignJWT({ ...claims, ...changes })
        .setProtectedHeader({ alg: 'HS256', kid })
        .sign(new TextEncoder().encode(OLD));
    expect((await tokens.verify(await sign({})))?.userId).toBe(CUSTOMER);
    for (const changes of [
      { sub: 7 },
      { sub: [CUSTOMER] },
      { sub: '' },
      { sub: 'nobody' },
      { sub: undefined },
      { iat: now + 3600, exp: now + 7200 },
      { iat: 'now' },
      { iat: undefined },
      { exp: undefined },
      { exp: '9999999999' },
      { exp: now - 1 },
      { exp: now + 32 * 24 * 60 * 60 },
      { exp: Number.MAX_SAFE_INTEGER },
      { iat: now + 30, exp: now + 20 },
      { nbf: now + 3600 },
    ]) {
      expect(await tokens.verify(await sign(changes))).toBeNull();
    }
  });

  test('is no ticket, and a ticket is no token; a ticket names its holder and the end of the token', async () => {
    const { token } = await tokens.sign(CUSTOMER);
    const holder = await tokens.verify(token);
    if (!holder) throw new Error('the token is not valid');
    const { ticket, expiresInSeconds } = await tokens.signTicket(holder);
    expect(expiresInSeconds).toBe(30);
    expect(await tokens.verify(ticket)).toBeNull();
    expect(await tokens.verifyTicket(token)).toBeNull();
    expect(await tokens.verifyTicket(ticket)).toMatchObject(holder);
    const later = createTokens({ secretKey: OLD, now: () => new Date(Date.now() + 31_000) });
    expect(await later.verifyTicket(ticket)).toBeNull();
  });

  test('of a release before this one is still valid', async () => {
    const token = [
      'eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiIsImtpZCI6ImNkOTVmOWI2OTc1NmU5MTkifQ',
      'eyJzdWIiOiIwMTk4ZjNhMi03YzExLTdkM2UtOWI1My0wZDZhMWYyYzRlOGEiLCJpc3MiOiJlY3MiLCJhdWQiOiJlY3MtYXBpIiwiaWF0IjoxNzk1OTQ2NDAwLCJleHAiOjE3OTU5NTAwMDB9',
      'c05xeTciHSfp25IMY5TNj8iGkuaSanWEvBuvg0xrbic',
    ].join('.');
    const clocked = createTokens({ secretKey: OLD, now: () => new Date('2026-11-29T10:30:00Z') });
    expect(await clocked.verify(token)).toEqual({
      userId: CUSTOMER,
      expiresAtMs: Date.parse('2026-11-29T11:00:00Z'),
    });
  });

  test('outlives the rotation of its key, and not its removal', async () => {
    const { token } = await tokens.sign(CUSTOMER);
    const rotated = createTokens({ secretKey: `${NEW},${OLD}` });
    expect((await rotated.verify(token))?.userId).toBe(CUSTOMER);
    const { token: fresh } = await rotated.sign(CUSTOMER);
    expect((await createTokens({ secretKey: NEW }).verify(fresh))?.userId).toBe(CUSTOMER);
    expect(await createTokens({ secretKey: NEW }).verify(token)).toBeNull();
  });
});

test('secrets of any lengths are compared', () => {
  const isKnown = createSecretCheck('abc,the one before');
  for (const secret of ['abc', 'the one before']) expect([secret, isKnown(secret)]).toEqual([secret, true]);
  for (const secret of ['abcd', 'ab', '', 'abc,the one before'])
    expect([secret, isKnown(secret)]).toEqual([secret, false]);
});

describe('a ticket', () => {
  const NOW_MS = Date.parse('2026-11-29T10:00:00Z');
  const clocked = createTokens({ secretKey: OLD, now: () => new Date(NOW_MS) });

  test.each([
    [3_600_000, 30],
    [30_999, 30],
    [29_999, 29],
    [29_000, 29],
    [1999, 1],
    [500, 1],
  ])('of a token with %d ms left is valid for %d s', async (leftMs, seconds) => {
    const holder = { userId: CUSTOMER, expiresAtMs: NOW_MS + leftMs };
    const { ticket, expiresInSeconds } = await clocked.signTicket(holder);
    expect(expiresInSeconds).toBe(seconds);
    expect(await clocked.verifyTicket(ticket)).toEqual({ ...holder, ticket: { id: expect.any(String) } });
    const isValidAt = async (ms: number) => {
      const later = createTokens({ secretKey: OLD, now: () => new Date(NOW_MS + ms) });
      return (await later.verifyTicket(ticket)) !== null;
    };
    expect([await isValidAt(seconds * 1000 - 1), await isValidAt(seconds * 1000)]).toEqual([true, false]);
  });

  test('is rejected when its claims are none of ours, though its signature is', async () => {
    const signed = createSignedClaims({ secretKey: OLD, now: () => new Date(NOW_MS) });
    const verify = async (changes: Record<string, unknown>) => {
      const claims = { sub: CUSTOMER, jti: 'once', tokenExpiresAtMs: NOW_MS, ...changes };
      return clocked.verifyTicket(await signed.sign(claims, 'ecs-event-stream', 30));
    };
    expect(await verify({})).not.toBeNull();
    for (const changes of [{ jti: undefined }, { tokenExpiresAtMs: '1' }, { sub: 'nobody' }])
      expect([changes, await verify(changes)]).toEqual([changes, null]);
  });
});
