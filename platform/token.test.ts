import { describe, expect, test } from 'bun:test';
import { SignJWT, UnsecuredJWT } from 'jose';
import { createSecretCheck, createTokens } from './token.ts';

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
    .setSubject('u')
    .setIssuer(claims.iss ?? 'ecs')
    .setAudience(claims.aud ?? 'ecs-api')
    .setIssuedAt()
    .setExpirationTime(claims.exp ?? '1h')
    .sign(new TextEncoder().encode(key));

/** The key id that a token of this key carries. */
async function kidOf(secretKey: string): Promise<string> {
  const { token } = await createTokens({ secretKey }).sign('u');
  return (JSON.parse(atob(token.split('.')[0] ?? '')) as { kid: string }).kid;
}

describe('a token', () => {
  test('is verified to its subject', async () => {
    const { token, expiresInSeconds } = await tokens.sign('user-1');
    expect(expiresInSeconds).toBe(3600);
    expect(await tokens.verify(token)).toBe('user-1');
  });

  test('is refused when it is expired, by the clock that is given', async () => {
    let nowMs = Date.now();
    const clocked = createTokens({ secretKey: OLD, ttlSeconds: 60, now: () => new Date(nowMs) });
    const { token } = await clocked.sign('u');
    nowMs += 59_000;
    expect(await clocked.verify(token)).toBe('u');
    nowMs += 2000;
    expect(await clocked.verify(token)).toBeNull();
  });

  test('is refused with another key, issuer, audience or algorithm, unsigned, changed, or cut', async () => {
    const kid = await kidOf(OLD);
    const { token } = await tokens.sign('u');
    const [head, , signature] = token.split('.');
    const other = btoa(JSON.stringify({ sub: 'admin', iss: 'ecs', aud: 'ecs-api', exp: 4e9 })).replaceAll(
      '=',
      '',
    );
    const refused = [
      await forge({ kid }, {}, 'x'.repeat(32)),
      await forge({ kid: 'unknown' }),
      await forge({}),
      await forge({ kid }, { iss: 'other' }),
      await forge({ kid }, { aud: 'other' }),
      await forge({ kid }, { exp: 1 }),
      await forge({ kid, alg: 'HS512' }),
      new UnsecuredJWT({ sub: 'u' }).setIssuer('ecs').setAudience('ecs-api').setExpirationTime('1h').encode(),
      `${head}.${other}.${signature}`,
      token.slice(0, -2),
      '',
      'a.b.c',
    ];
    for (const one of refused) expect(await tokens.verify(one)).toBeNull();
    expect(await tokens.verify(await forge({ kid }))).toBe('u');
  });

  test('outlives the rotation of its key, and not its removal', async () => {
    const { token } = await tokens.sign('u');
    const rotated = createTokens({ secretKey: `${NEW},${OLD}` });
    expect(await rotated.verify(token)).toBe('u');
    const { token: fresh } = await rotated.sign('u');
    expect(await createTokens({ secretKey: NEW }).verify(fresh)).toBe('u');
    expect(await createTokens({ secretKey: NEW }).verify(token)).toBeNull();
  });
});

test('secrets of any lengths are compared', () => {
  const isKnown = createSecretCheck('abc,the one before');
  for (const given of ['abc', 'the one before']) expect([given, isKnown(given)]).toEqual([given, true]);
  for (const given of ['abcd', 'ab', '', 'abc,the one before'])
    expect([given, isKnown(given)]).toEqual([given, false]);
});
