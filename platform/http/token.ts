import { createHash, timingSafeEqual } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';

const ISSUER = 'ecs';
const AUDIENCE = 'ecs-api';
const ALGORITHM = 'HS256';
const VERIFIED_MAX = 10_000;
/** Clocks of two machines may differ; a token of the future is none of ours. */
const CLOCK_SKEW_MS = 60_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface Tokens {
  /** A bearer token whose subject is the user. */
  sign(userId: string): Promise<{ token: string; expiresInSeconds: number }>;
  /** The subject, or null for any token that is not ours, not valid or no longer valid. */
  verify(token: string): Promise<string | null>;
}

/**
 * Tokens signed with SECRET_KEY. With a list of keys the first signs and all verify, found by `kid`, so that
 * a key can be rotated without logging anybody out. Algorithm, issuer and audience are pinned.
 */
export function createTokens(options: { secretKey: string; ttlSeconds?: number; now?: () => Date }): Tokens {
  const ttlSeconds = options.ttlSeconds ?? 60 * 60;
  const now = options.now ?? (() => new Date());
  const keys = options.secretKey.split(',').map((secret) => ({
    kid: createHash('sha256').update(`kid:${secret}`).digest('hex').slice(0, 16),
    key: new TextEncoder().encode(secret),
  }));
  const signing = keys[0];
  if (!signing) throw new Error('no signing key');
  const byKid = new Map(keys.map((one) => [one.kid, one.key]));

  /**
   * Tokens whose signature was found good, until they expire: to check one costs more than all else of a
   * request.
   */
  const verified = new Map<string, { userId: string; expiresAt: number }>();

  return {
    async sign(userId) {
      const issuedAt = Math.floor(now().getTime() / 1000);
      const token = await new SignJWT({})
        .setProtectedHeader({ alg: ALGORITHM, kid: signing.kid, typ: 'JWT' })
        .setSubject(userId)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlSeconds)
        .sign(signing.key);
      return { token, expiresInSeconds: ttlSeconds };
    },

    async verify(token) {
      const known = verified.get(token);
      if (known && known.expiresAt > now().getTime()) return known.userId;
      try {
        const { payload } = await jwtVerify(token, (header) => keyOf(byKid, header.kid), {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          audience: AUDIENCE,
          requiredClaims: ['sub', 'exp', 'iat'],
          currentDate: now(),
        });
        const { sub, exp = 0, iat = 0 } = payload;
        const isOurs =
          typeof sub === 'string' && UUID.test(sub) && Number.isInteger(exp) && Number.isInteger(iat);
        if (!isOurs || iat * 1000 > now().getTime() + CLOCK_SKEW_MS || exp <= iat) return null;
        // The oldest gives way: most tokens in use are used again at once.
        if (verified.size >= VERIFIED_MAX) verified.delete(verified.keys().next().value ?? '');
        verified.set(token, { userId: sub, expiresAt: exp * 1000 });
        return sub;
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}

function keyOf(byKid: Map<string, Uint8Array>, kid: string | undefined): Uint8Array {
  const key = kid === undefined ? undefined : byKid.get(kid);
  if (!key) throw new errors.JWKSNoMatchingKey();
  return key;
}

/** Whether a secret is one of a list with commas, told in constant time whatever the lengths. */
export function createSecretCheck(list: string): (given: string) => boolean {
  const expected = list.split(',').map((secret) => Bun.SHA256.hash(secret));
  return (given) => {
    const hash = Bun.SHA256.hash(given);
    return expected.some((one) => timingSafeEqual(hash, one));
  };
}
