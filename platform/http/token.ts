import { createHash, timingSafeEqual } from 'node:crypto';
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { isUuid } from '../../sdk/contracts/common.ts';
import { DAY_SECONDS } from '../../sdk/contracts/time.ts';

const ISSUER = 'ecs';
const AUDIENCE = 'ecs-api';
/** Another audience: a ticket is no token, nor a token a ticket. */
const TICKET_AUDIENCE = 'ecs-event-stream';
const TICKET_SECONDS = 30;
const ALGORITHM = 'HS256';
const VERIFIED_MAX = 10_000;
/** Clocks of two machines may differ; a token of the future is none of ours. */
const CLOCK_SKEW_MS = 60_000;
/** Longer than any token that we sign. */
const LIFETIME_SECONDS_MAX = 31 * DAY_SECONDS;

export interface Tokens {
  /** A bearer token with the user as its subject. */
  sign(userId: string): Promise<{ token: string; expiresInSeconds: number }>;
  /** Returns the holder, or null for any token that is not ours, not valid or no longer valid. */
  verify(token: string): Promise<Holder | null>;
  /** Makes a ticket for the holder's event stream, for a client that can send no header. */
  signTicket(holder: Holder): Promise<{ ticket: string; expiresInSeconds: number }>;
  verifyTicket(ticket: string): Promise<TicketHolder | null>;
}

export interface Holder {
  userId: string;
  /** When the token ends, and everything that was opened with it. */
  expiresAtMs: number;
}

export interface TicketHolder extends Holder {
  ticket: { id: string; expiresAtMs: number };
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
  const byKid = new Map(keys.map((entry) => [entry.kid, entry.key]));

  /**
   * Tokens with a verified signature, until they expire: verifying one costs more than all else of a
   * request.
   */
  const verified = new Map<string, Holder>();

  const signClaims = (claims: JWTPayload, audience: string, seconds: number): Promise<string> => {
    const issuedAt = Math.floor(now().getTime() / 1000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, kid: signing.kid, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + seconds)
      .sign(signing.key);
  };

  /** The claims of a text that we signed for this audience, and the holder that they name; else null. */
  const readClaims = async (text: string, audience: string) => {
    try {
      const { payload } = await jwtVerify(text, (header) => keyOf(byKid, header.kid), {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience,
        requiredClaims: ['sub', 'exp', 'iat'],
        currentDate: now(),
      });
      const { sub, exp = 0, iat = 0 } = payload;
      const isOurs = typeof sub === 'string' && isUuid(sub) && Number.isInteger(exp) && Number.isInteger(iat);
      if (!isOurs || iat * 1000 > now().getTime() + CLOCK_SKEW_MS) return null;
      if (exp <= iat || exp > iat + LIFETIME_SECONDS_MAX) return null;
      return { payload, holder: { userId: sub, expiresAtMs: exp * 1000 } };
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  };

  return {
    async sign(userId) {
      return { token: await signClaims({ sub: userId }, AUDIENCE, ttlSeconds), expiresInSeconds: ttlSeconds };
    },

    async verify(token) {
      const cached = verified.get(token);
      if (cached && cached.expiresAtMs > now().getTime()) return cached;
      const claims = await readClaims(token, AUDIENCE);
      if (!claims) return null;
      // The oldest gives way: most tokens in use are used again at once.
      if (verified.size >= VERIFIED_MAX) verified.delete(verified.keys().next().value ?? '');
      verified.set(token, claims.holder);
      return claims.holder;
    },

    async signTicket({ userId, expiresAtMs }) {
      const leftSeconds = Math.floor((expiresAtMs - now().getTime()) / 1000);
      const seconds = Math.max(1, Math.min(TICKET_SECONDS, leftSeconds));
      const claims = { sub: userId, jti: crypto.randomUUID(), tokenExpiresAtMs: expiresAtMs };
      return { ticket: await signClaims(claims, TICKET_AUDIENCE, seconds), expiresInSeconds: seconds };
    },

    async verifyTicket(text) {
      const claims = await readClaims(text, TICKET_AUDIENCE);
      const { jti, tokenExpiresAtMs } = claims?.payload ?? {};
      if (!claims || typeof jti !== 'string' || typeof tokenExpiresAtMs !== 'number') return null;
      const { userId, expiresAtMs } = claims.holder;
      return { userId, expiresAtMs: tokenExpiresAtMs, ticket: { id: jti, expiresAtMs } };
    },
  };
}

function keyOf(byKid: Map<string, Uint8Array>, kid: string | undefined): Uint8Array {
  const key = kid === undefined ? undefined : byKid.get(kid);
  if (!key) throw new errors.JWKSNoMatchingKey();
  return key;
}

/** Returns a check whether a secret is one of a list with commas, in constant time for any lengths. */
export function createSecretCheck(list: string): (secretText: string) => boolean {
  const expected = list.split(',').map((secret) => Bun.SHA256.hash(secret));
  return (secretText) => {
    const hash = Bun.SHA256.hash(secretText);
    return expected.some((candidate) => timingSafeEqual(hash, candidate));
  };
}
