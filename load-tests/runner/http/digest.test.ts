import { expect, test } from 'bun:test';
import { createHash } from 'node:crypto';
import { digestHeader } from './digest.ts';

const request = { method: 'GET', path: '/dir/index.html?a=1', credentials: 'Mufasa:Circle:of:Life' };
const fieldOf = (header: string | null, name: string) =>
  new RegExp(`${name}="?([^",]+)`).exec(header ?? '')?.[1];
const hash = (kind: string, text: string) => createHash(kind).update(text).digest('hex');

test.each([
  ['MD5', 'md5'],
  ['SHA-256', 'sha256'],
])('meets a challenge of %s as RFC 7616 computes it', (algorithm, kind) => {
  const challenge = `Digest realm="a, b", nonce="n=1", qop="auth,auth-int", algorithm=${algorithm}, opaque="o"`;
  const header = digestHeader(challenge, request);
  const secret = hash(kind, 'Mufasa:a, b:Circle:of:Life');
  const target = hash(kind, 'GET:/dir/index.html?a=1');
  const cnonce = fieldOf(header, 'cnonce');
  expect(fieldOf(header, 'response')).toBe(hash(kind, `${secret}:n=1:00000001:${cnonce}:auth:${target}`));
  expect(header).toContain('uri="/dir/index.html?a=1"');
  expect(header).toContain('opaque="o"');
});

test('meets a challenge without a quality of protection, and no other scheme', () => {
  const header = digestHeader('Digest realm="r", nonce="n"', request);
  const secret = hash('md5', 'Mufasa:r:Circle:of:Life');
  const target = hash('md5', 'GET:/dir/index.html?a=1');
  expect(fieldOf(header, 'response')).toBe(hash('md5', `${secret}:n:${target}`));
  expect(header).not.toContain('qop');
  expect(digestHeader('Basic realm="r"', request)).toBeNull();
  expect(digestHeader('Digest realm="r", nonce="n", algorithm=NONE', request)).toBeNull();
  expect(digestHeader(null, request)).toBeNull();
});
