import { createHash, randomBytes } from 'node:crypto';

/** The `Authorization` header for a digest challenge (RFC 7616); null when there is none that it can meet. */
export function digestHeader(challenge: string | null, request: DigestRequest): string | null {
  if (!challenge || !/^digest\s/i.test(challenge)) return null;
  const fields = readFields(challenge);
  const algorithm = fields.algorithm ?? 'MD5';
  const name = HASHES[algorithm.toUpperCase().replace(/-SESS$/, '')];
  if (!name || fields.realm === undefined || fields.nonce === undefined) return null;
  const hash = (text: string) => createHash(name).update(text).digest('hex');
  const at = request.credentials.indexOf(':');
  const [user, password] = [request.credentials.slice(0, at), request.credentials.slice(at + 1)];
  const { realm, nonce, opaque } = fields;
  const cnonce = randomBytes(8).toString('hex');
  const isSession = /-sess$/i.test(algorithm);
  const account = hash(`${user}:${realm}:${password}`);
  const secret = isSession ? hash(`${account}:${nonce}:${cnonce}`) : account;
  const target = hash(`${request.method}:${request.path}`);
  const quality = fields.qop?.split(',').some((word) => word.trim() === 'auth') ? 'auth' : undefined;
  const response = quality
    ? hash(`${secret}:${nonce}:${COUNT}:${cnonce}:${quality}:${target}`)
    : hash(`${secret}:${nonce}:${target}`);
  const quoted = { username: user, realm, nonce, uri: request.path, response, ...(opaque ? { opaque } : {}) };
  return `Digest ${[
    ...Object.entries(quoted).map(([key, value]) => `${key}="${value}"`),
    `algorithm=${algorithm}`,
    ...(quality || isSession ? [`cnonce="${cnonce}"`] : []),
    ...(quality ? [`qop=${quality}`, `nc=${COUNT}`] : []),
  ].join(', ')}`;
}

interface DigestRequest {
  method: string;
  /** With the query. */
  path: string;
  /** `user:password`. */
  credentials: string;
}

const HASHES: Record<string, string> = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' };
/** Each challenge is met once. */
const COUNT = '00000001';

function readFields(challenge: string): Record<string, string> {
  const pairs = challenge.matchAll(/([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi);
  return Object.fromEntries(
    [...pairs].map(([, key = '', quoted, plain]) => [key.toLowerCase(), quoted ?? plain ?? '']),
  );
}
