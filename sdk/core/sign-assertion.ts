import { EcsArgumentError } from './errors.ts';
import { uuidv7 } from './uuid.ts';

/** A private key as JWK. Its algorithm is its `alg`, else the one that its type is used with. */
export interface PrivateKey {
  kty: string;
  crv?: string;
  alg?: string;
  kid?: string;
  [member: string]: unknown;
}

/** Half of the longest that the API takes, so that either clock may be five minutes ahead of the other. */
const LIFETIME_SECONDS = 5 * 60;

const ALGORITHMS: Record<string, { name: string; hash?: string; [parameter: string]: unknown }> = {
  ES256: { name: 'ECDSA', hash: 'SHA-256', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384', namedCurve: 'P-384' },
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  PS256: { name: 'RSA-PSS', hash: 'SHA-256', saltLength: 32 },
  EdDSA: { name: 'Ed25519' },
};

/**
 * Returns a JWT by which a partner shows that it has the key (RFC 7523): for this address, once, within
 * five minutes. Throws EcsArgumentError for a key that cannot sign.
 */
export async function signAssertion(options: {
  clientId: string;
  privateKey: PrivateKey;
  audience: string;
}): Promise<string> {
  const { clientId, privateKey, audience } = options;
  const alg = algorithmOf(privateKey);
  const algorithm = ALGORITHMS[alg];
  if (!algorithm) throw unusable(`privateKey has the alg ${alg}, which is none of ${listed()}`);
  const iat = Math.floor(Date.now() / 1000);
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    jti: uuidv7(),
    iat,
    exp: iat + LIFETIME_SECONDS,
  };
  const { kid } = privateKey;
  const signed = `${encodeJson({ alg, ...(kid ? { kid } : {}) })}.${encodeJson(claims)}`;
  try {
    const key = await crypto.subtle.importKey('jwk', privateKey as JsonWebKey, algorithm, false, ['sign']);
    const signature = await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(signed));
    return `${signed}.${encode(new Uint8Array(signature))}`;
  } catch {
    // The reason may show a part of the key.
    throw unusable('privateKey is no private key that can sign, as JWK');
  }
}

function algorithmOf({ alg, kty, crv }: PrivateKey): string {
  if (alg !== undefined) return alg === 'Ed25519' ? 'EdDSA' : alg;
  if (kty === 'RSA') return 'RS256';
  if (kty === 'OKP') return 'EdDSA';
  return crv === 'P-384' ? 'ES384' : 'ES256';
}

const listed = () => Object.keys(ALGORITHMS).join(', ');
const unusable = (message: string) => new EcsArgumentError(message, 'invalid_credentials_format');
const encodeJson = (value: object) => encode(new TextEncoder().encode(JSON.stringify(value)));

function encode(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
