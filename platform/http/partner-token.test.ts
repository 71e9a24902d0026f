import { expect, test } from 'bun:test';
import { createPartnerTokens } from './partner-token.ts';
import { createSignedClaims } from './signed-claims.ts';

const secretKey = 'o'.repeat(32);
const NOW_MS = Date.parse('2026-11-29T10:00:00Z');
const at = (ms: number) => createPartnerTokens({ secretKey, now: () => new Date(NOW_MS + ms) });
const partner = {
  id: 'ptn_1',
  scopes: ['emotions:write', 'webhooks:manage'] as const,
  eventsPerSecond: 50,
  tokenVersion: 3,
};

test("a partner's token names what was signed, and ends after a quarter of an hour", async () => {
  const { token, expiresInSeconds } = await at(0).sign(partner);
  expect(expiresInSeconds).toBe(900);
  expect(await at(899_999).verify(token)).toEqual({ ...partner, expiresAtMs: NOW_MS + 900_000 });
  expect(await at(900_000).verify(token)).toBeNull();
});

test("a partner's token is told apart by its header, valid or not", async () => {
  const { token } = await at(0).sign(partner);
  const ofCustomer = await createSignedClaims({ secretKey, now: () => new Date() }).sign({}, 'ecs-api', 60);
  expect([token, `${token}x`, ofCustomer, ''].map(at(0).isOf)).toEqual([true, true, false, false]);
});

test('claims that are none of a partner are not valid, and an unknown scope opens nothing', async () => {
  const signed = createSignedClaims({ secretKey, now: () => new Date(NOW_MS) });
  const verify = async (changes: Record<string, unknown>, audience = 'ecs-partners') =>
    at(0).verify(await signed.sign({ sub: 'ptn_1', scope: '', eps: 1, ver: 1, ...changes }, audience, 60));
  expect(await verify({ scope: 'webhooks:manage everything' })).toMatchObject({
    scopes: ['webhooks:manage'],
  });
  for (const changes of [
    { scope: 7 },
    { scope: undefined },
    { eps: 1.5 },
    { eps: '1' },
    { ver: 1.5 },
    { ver: '1' },
  ])
    expect([changes, await verify(changes)]).toEqual([changes, null]);
  expect(await verify({}, 'ecs-api')).toBeNull();
});
