import { createHash } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { DAY_SECONDS } from '../../sdk/contracts/time.ts';

const ISSUER = 'ecs';
const ALGORITHM = 'HS256';
/** Clocks of two machines may differ by so much; a token issued further ahead is rejected. */
const CLOCK_SKEW_MS = 60_000;
/** Longer than any token that we sign. */
const LIFETIME_SECONDS_MAX = 31 * DAY_SECONDS;

/** Texts signed with SECRET_KEY, each for one audience: none of them stands for another. */
interface SignedClaims {
  /** The header begins with its `typ`. */
  sign(claims: JWTPayload, audience: string, seconds: number, typ?: string): Promise<string>;
  /** Returns null for a text that is not ours, not for this audience, not valid or no longer valid. */
  read(text: string, audience: string): Promise<{ payload: JWTPayload; sub: string; exp: number } | null>;
}

/**
 * With a list of keys the first signs and all verify, found by `kid`, so that a key can be rotated without
 * logging anybody out. Algorithm, issuer and audience are pinned.
 */
export function createSignedClaims(options: { secretKey: string; now: () => Date }): SignedClaims {
  const { now } = options;
  const [first = '', ...others] = options.secretKey.split(',');
  const signing = toSigningKey(first);
  const byKid = new Map([signing, ...others.map(toSigningKey)].map(({ kid, key }) => [kid, key]));

  return {
    sign(claims, audience, seconds, typ = 'JWT') {
      const issuedAt = Math.floor(now().getTime() / 1000);
      return new SignJWT(claims)
        .setProtectedHeader({ typ, alg: ALGORITHM, kid: signing.kid })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + seconds)
        .sign(signing.key);
    },

    async read(text, audience) {
      try {
        const { payload } = await jwtVerify(text, (header) => keyOf(byKid, header.kid ?? ''), {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          audience,
          requiredClaims: ['sub', 'exp', 'iat'],
          currentDate: now(),
        });
        const { sub, exp, iat } = payload;
        if (typeof sub !== 'string' || !isInteger(exp) || !isInteger(iat)) return null;
        if (iat * 1000 > now().getTime() + CLOCK_SKEW_MS) return null;
        if (exp <= iat || exp > iat + LIFETIME_SECONDS_MAX) return null;
        return { payload, sub, exp };
      } catch (error) {
        if (error instanceof errors.JOSEError) return null;
        throw error;
      }
    },
  };
}

const toSigningKey = (secret: string) => ({
  kid: createHash('sha256').update(`kid:${secret}`).digest('hex').slice(0, 16),
  key: new TextEncoder().encode(secret),
});

function keyOf(byKid: Map<string, Uint8Array>, kid: string): Uint8Array {
  const key = byKid.get(kid);
  if (!key) throw new errors.JWKSNoMatchingKey();
  return key;
}

const isInteger = (value: unknown): value is number => Number.isInteger(value);
