import { expect, test } from 'bun:test';
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
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

/** A signature that everybody can write, with the neutral point and zero. */
const FORGED = Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]);
const isForgeable = (key: { kty: string; crv: string; x: string }) => {
  const publicKey = createPublicKey({ key, format: 'jwk' });
  // For a point of order 8 it fits every eighth text.
  return Array.from({ length: 300 }, (_, index) => Buffer.from(`text ${index}`)).some((text) =>
    verify(null, text, publicKey, FORGED),
  );
};

test.each([
  ['0', '00'.repeat(32)],
  ['1', `01${'00'.repeat(31)}`],
  ['-1', `ec${'ff'.repeat(30)}7f`],
  ['an order of 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
  ['an order of 8 and the other sign', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
  ['the negative of it', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
  ['0, written as the field', `ed${'ff'.repeat(30)}7f`],
  ['1, written beyond the field', `ee${'ff'.repeat(31)}`],
])('an Ed25519 key for which everybody can sign is refused: y is %s', async (_name, hex) => {
  const key = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(hex, 'hex').toString('base64url') };
  expect(isForgeable(key)).toBe(true);
  expect(await readPublicKey(key)).toEqual({ fault: 'is a point of small order' });
});

test('an Ed25519 key of a pair is taken', async () => {
  const { kty = '', crv = '', x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  expect(isForgeable({ kty, crv, x })).toBe(false);
  expect(await readPublicKey({ kty, crv, x })).toEqual({ key: { kty, crv, x } });
});
