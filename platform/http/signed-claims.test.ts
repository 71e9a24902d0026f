import { describe, expect, test } from 'bun:test';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { createSignedClaims } from './signed-claims.ts';

const KEY = 'o'.repeat(32);
const AUDIENCE = 'tests';
/** In the middle of a second: a token of it is not of the next. */
const NOW_MS = Date.parse('2026-11-29T10:00:00.900Z');
const NOW = Math.floor(NOW_MS / 1000);

const signedAt = (ms: number) => createSignedClaims({ secretKey: KEY, now: () => new Date(ms) });
const signed = signedAt(NOW_MS);

/** Signs claims as they are, in the form of ours otherwise. */
function signClaims(claims: Record<string, unknown>): Promise<string> {
  return new SignJWT({ iss: 'ecs', aud: AUDIENCE, sub: 'ada', iat: NOW, exp: NOW + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256', kid: 'cd95f9b69756e919' })
    .sign(new TextEncoder().encode(KEY));
}

test('a text names its key, its second, its issuer and its audience, and ends after the seconds given', async () => {
  const text = await signed.sign({ sub: 'ada' }, AUDIENCE, 60, 'at+jwt');
  expect(decodeProtectedHeader(text)).toEqual({ typ: 'at+jwt', alg: 'HS256', kid: 'cd95f9b69756e919' });
  expect(decodeJwt(text)).toEqual({ sub: 'ada', iss: 'ecs', aud: AUDIENCE, iat: NOW, exp: NOW + 60 });
  expect(await signed.read(text, AUDIENCE)).toMatchObject({ sub: 'ada', exp: NOW + 60 });
  expect(await signed.read(text, 'others')).toBeNull();
});

describe('by the clock of the reader', () => {
  test('a text is valid until the second in which it ends', async () => {
    const text = await signed.sign({ sub: 'ada' }, AUDIENCE, 60);
    expect(await signedAt((NOW + 60) * 1000 - 1).read(text, AUDIENCE)).not.toBeNull();
    expect(await signedAt((NOW + 60) * 1000).read(text, AUDIENCE)).toBeNull();
  });

  test('a text may be issued a minute ahead, by a clock that differs, and not a moment more', async () => {
    const text = await signed.sign({ sub: 'ada' }, AUDIENCE, 3600);
    expect(await signedAt(NOW * 1000 - 60_000).read(text, AUDIENCE)).not.toBeNull();
    expect(await signedAt(NOW * 1000 - 60_001).read(text, AUDIENCE)).toBeNull();
  });
});

test.each([
  ['a lifetime of 31 days', { exp: NOW + 31 * 86_400 }, true],
  ['a second more than 31 days', { exp: NOW + 31 * 86_400 + 1 }, false],
  ['a lifetime of one second', { iat: NOW + 30, exp: NOW + 31 }, true],
  ['no lifetime', { iat: NOW + 30, exp: NOW + 30 }, false],
  ['a subject that is no text', { sub: 7 }, false],
  ['a part of a second as the end', { exp: NOW + 60.5 }, false],
  ['a part of a second as the beginning', { iat: NOW - 0.5 }, false],
])('%s: read %j %j', async (_, claims, isRead) => {
  expect((await signed.read(await signClaims(claims), AUDIENCE)) !== null).toBe(isRead);
});

test('an error that is not of the text is thrown, never told as a bad text', async () => {
  const text = await signed.sign({ sub: 'ada' }, AUDIENCE, 60);
  const withoutClock = createSignedClaims({
    secretKey: KEY,
    now: () => {
      throw new Error('no clock');
    },
  });
  expect(withoutClock.read(text, AUDIENCE)).rejects.toThrow('no clock');
});
