import { expect, test } from 'bun:test';
import type { JWTPayload } from 'jose';
import { createOperatorTokens } from './operator-token.ts';
import { createSignedClaims } from './signed-claims.ts';

const secretKey = 'o'.repeat(32);
const NOW_MS = Date.parse('2026-11-29T10:00:00Z');
const at = (ms: number) => createOperatorTokens({ secretKey, now: () => new Date(NOW_MS + ms) });
const operator = { name: 'ada', roles: ['operator' as const], tokenVersion: 3 };

test("an operator's token names what was signed, and ends after an hour", async () => {
  const { token, expiresInSeconds } = await at(0).sign(operator);
  expect(expiresInSeconds).toBe(3600);
  expect(await at(3_599_999).verify(token)).toEqual({ ...operator, expiresAtMs: NOW_MS + 3_600_000 });
  expect(await at(3_600_000).verify(token)).toBeNull();
});

test('claims that are none of an operator are not valid, and an unknown role opens nothing', async () => {
  const signed = createSignedClaims({ secretKey, now: () => new Date(NOW_MS) });
  const verify = async (changes: Record<string, unknown>, audience = 'ecs-operators') =>
    at(0).verify(await signed.sign({ sub: 'ada', roles: [], ver: 1, ...changes }, audience, 60));
  expect(await verify({ roles: ['root', 'viewer'] })).toMatchObject({ roles: ['viewer'] });
  for (const changes of [{ roles: 'viewer' }, { roles: undefined }, { ver: 1.5 }, { ver: '1' }])
    expect([changes, await verify(changes)]).toEqual([changes, null]);
  expect(await verify({}, 'ecs-api')).toBeNull();
});

test('a token that says it is of another issuer is verified by that issuer alone, any other by us alone', async () => {
  const holder = { name: 'grace', roles: [], expiresAtMs: NOW_MS, tokenVersion: null };
  const claimsSeen: JWTPayload[] = [];
  const foreign = {
    isOf(claims: JWTPayload) {
      claimsSeen.push(claims);
      return claims.sub === 'grace';
    },
    verify: async () => holder,
  };
  const tokens = createOperatorTokens({ secretKey, foreign, now: () => new Date(NOW_MS) });
  const ofOther = await tokens.sign({ ...operator, name: 'grace' });
  const ours = await tokens.sign(operator);
  expect(await tokens.verify(ofOther.token)).toEqual(holder);
  expect(await tokens.verify(ours.token)).toMatchObject({ name: 'ada' });
  expect(await tokens.verify('no token')).toBeNull();
  expect(claimsSeen.map(({ sub }) => sub)).toEqual(['grace', 'ada', undefined]);
});
