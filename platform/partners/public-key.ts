import { importJWK, type JWK } from 'jose';

/** Algorithms of keys that sign assertions: a signature that nobody but the owner of the key can make. */
const ALGORITHMS_OF: Record<string, readonly string[]> = {
  'EC P-256': ['ES256'],
  'EC P-384': ['ES384'],
  'OKP Ed25519': ['EdDSA', 'Ed25519'],
  RSA: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
};
export const ASSERTION_ALGORITHMS = Object.values(ALGORITHMS_OF).flat();
const RSA_BITS_MIN = 2048;
/** Of FIPS 186-5; with 1 everybody could sign. */
const RSA_EXPONENT_MIN = 65_537n;
/** The field of Curve25519, and the y of its points of small order: for such a key everybody could sign. */
const FIELD = 2n ** 255n - 19n;
const Y_OF_ORDER_8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
const WEAK_YS = new Set([0n, 1n, FIELD - 1n, Y_OF_ORDER_8, FIELD - Y_OF_ORDER_8]);
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg'];

/** Returns the algorithms that a key may be used with: its own `alg`, or all of its type. */
export function algorithmsOf({ kty, crv, alg }: JWK): readonly string[] {
  const ofType = ALGORITHMS_OF[kty === 'RSA' ? 'RSA' : `${kty} ${crv}`] ?? [];
  return alg === undefined ? ofType : ofType.filter((name) => name === alg);
}

/** Returns the key as it is kept, without members that verification does not need, or its fault. */
export async function readPublicKey(key: Record<string, unknown>): Promise<{ key: JWK } | { fault: string }> {
  if (PRIVATE_MEMBERS.some((name) => name in key)) {
    return { fault: 'must be a public key: this one has private members, and must not be used any more' };
  }
  const members = PUBLIC_MEMBERS.filter((name) => name in key).map((name) => [name, key[name]]);
  if (members.some(([, value]) => typeof value !== 'string' || value.length > 2000)) {
    return { fault: 'must have texts as members' };
  }
  const jwk = Object.fromEntries(members) as JWK;
  const [algorithm] = algorithmsOf(jwk);
  if (algorithm === undefined) {
    return { fault: 'must be of RSA, EC (P-256, P-384) or Ed25519, with an alg of its type' };
  }
  if (jwk.kty === 'RSA') {
    // A number may begin with zeros.
    if (numberOf(jwk.n).toString(2).length < RSA_BITS_MIN) {
      return { fault: `must have ${RSA_BITS_MIN} bits or more` };
    }
    if (numberOf(jwk.e) < RSA_EXPONENT_MIN) {
      return { fault: `must have an exponent of ${RSA_EXPONENT_MIN} or more` };
    }
  }
  if (jwk.kty === 'OKP' && WEAK_YS.has(yOf(jwk.x))) return { fault: 'is a point of small order' };
  try {
    await importJWK(jwk, algorithm);
    return { key: jwk };
  } catch {
    return { fault: 'is no valid JWK' };
  }
}

const numberOf = (member = ''): bigint => BigInt(`0x0${Buffer.from(member, 'base64url').toString('hex')}`);

/** The coordinate in an Ed25519 key: little-endian, below a bit for the sign of the other. */
function yOf(x = ''): bigint {
  const bytes = Buffer.from(x, 'base64url').toReversed();
  return BigInt.asUintN(255, BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)) % FIELD;
}
