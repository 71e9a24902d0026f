import { expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import { readPublicKey } from './public-key.ts';

function newRsaKey(modulusLength: number): { n: string; e: string } {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength });
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' });
  return { n, e };
}

const strong = newRsaKey(2048);
const weak = newRsaKey(1024);
const withZeros = Buffer.concat([Buffer.alloc(128), Buffer.from(weak.n, 'base64url')]).toString('base64url');

test('an RSA key of 2048 bits is taken without what verification does not need', async () => {
  const key = { kty: 'RSA', ...strong };
  expect(await readPublicKey({ ...key, use: 'sig', key_ops: ['verify'] })).toEqual({ key });
});

test.each([
  ['of 1024 bits', weak, 'must have 2048 bits or more'],
  // Each request for a token would be an error of ours: verification counts the bits themselves.
  ['of 1024 bits behind zeros', { ...weak, n: withZeros }, 'must have 2048 bits or more'],
  // With the exponent 1 a text is its own signature.
  ['with the exponent 1', { ...strong, e: 'AQ' }, 'must have an exponent of 65537 or more'],
  ['with the exponent 0', { ...strong, e: 'AA' }, 'must have an exponent of 65537 or more'],
  ['without an exponent', { n: strong.n }, 'must have an exponent of 65537 or more'],
  ['without a modulus', { e: strong.e }, 'must have 2048 bits or more'],
])('an RSA key %s is refused', async (_name, members, fault) => {
  expect(await readPublicKey({ kty: 'RSA', ...members })).toEqual({ fault });
});

test('a private key is refused, and said to be spent', async () => {
  const read = await readPublicKey({ kty: 'OKP', crv: 'Ed25519', x: 'AA', d: 'AA' });
  expect(read).toEqual({ fault: expect.stringContaining('must not be used any more') });
});
