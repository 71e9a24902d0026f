import { expect, test } from 'bun:test';
import { rememberVerified } from './verified-tokens.ts';

/** Counts how often each token is verified. A token's text is the millisecond in which it expires. */
function createVerifier() {
  let nowMs = 0;
  const verified: string[] = [];
  const verify = rememberVerified(
    async (token) => {
      verified.push(token);
      const expiresAtMs = Number(token);
      return expiresAtMs > nowMs ? { expiresAtMs } : null;
    },
    () => new Date(nowMs),
  );
  return { verify, verified, setNow: (ms: number) => (nowMs = ms) };
}

test('a token is verified once until the millisecond in which it expires', async () => {
  const { verify, verified, setNow } = createVerifier();
  expect(await verify('5000')).toEqual({ expiresAtMs: 5000 });
  setNow(4999);
  expect(await verify('5000')).toEqual({ expiresAtMs: 5000 });
  expect(verified).toEqual(['5000']);
  setNow(5000);
  expect(await verify('5000')).toBeNull();
  expect(verified).toEqual(['5000', '5000']);
});

test('tokens that are not valid take no place of valid ones', async () => {
  const { verify, verified } = createVerifier();
  await verify('5000');
  for (let index = 0; index < 10_000; index++) expect(await verify(`-${index}`)).toBeNull();
  verified.length = 0;
  await verify('5000');
  expect(await verify('-0')).toBeNull();
  expect(verified).toEqual(['-0']);
});

test('the 10,000 newest tokens are remembered, the oldest gives way', async () => {
  const { verify, verified } = createVerifier();
  const tokens = Array.from({ length: 10_000 }, (_, index) => String(index + 1));
  for (const token of tokens) await verify(token);
  verified.length = 0;
  for (const token of tokens) await verify(token);
  expect(verified).toEqual([]);
  await verify('10001');
  await verify('2');
  await verify('10000');
  expect(verified).toEqual(['10001']);
  await verify('1');
  expect(verified).toEqual(['10001', '1']);
});
