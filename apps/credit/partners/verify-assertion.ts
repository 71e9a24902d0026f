import { createHash } from 'node:crypto';
import { decodeProtectedHeader, errors, importJWK, type JWK, type JWTPayload, jwtVerify } from 'jose';
import type { Database } from '../../../platform/data/sql.ts';
import type { PartnerAccount } from '../../../platform/partners/partner-reads.ts';
import { algorithmsOf, ASSERTION_ALGORITHMS } from '../../../platform/partners/public-key.ts';
import { claimAssertion } from './assertion-store.ts';

const CLOCK_SKEW_SECONDS = 5;
/** An assertion is made for one request: one with a longer lifetime is rejected. */
const LIFETIME_SECONDS_MAX = 10 * 60;
const JTI_LENGTH_MAX = 255;

/** Whether clients call the API at an address. */
export type IsAudience = (address: string) => boolean;

/**
 * private_key_jwt of RFC 7523: `iss` and `sub` are the client, `aud` the address of the token endpoint, it
 * ends within minutes, and its `jti` counts once, at whatever replica: for one request, by `requestHash`.
 */
export function createAssertionCheck(deps: { database: Database; isAudience: IsAudience; now?: () => Date }) {
  const { database, isAudience, now = () => new Date() } = deps;
  return async (assertion: string, partner: PartnerAccount, requestHash: string | null): Promise<boolean> => {
    const claims = await readClaims(assertion, partner, now());
    if (!claims) return false;
    const { aud, exp = 0, jti } = claims;
    const audiences = Array.isArray(aud) ? aud : [aud];
    if (!audiences.some((address) => typeof address === 'string' && isAudience(address))) return false;
    if (typeof jti !== 'string' || jti.length === 0 || jti.length > JTI_LENGTH_MAX) return false;
    if (exp > now().getTime() / 1000 + LIFETIME_SECONDS_MAX) return false;
    const jtiHash = createHash('sha256').update(jti).digest('hex');
    return claimAssertion(database, { partnerId: partner.id, jtiHash, requestHash });
  };
}

/** The claims that one of the partner's keys has signed; null without one. */
async function readClaims(
  assertion: string,
  { id, publicKeys }: PartnerAccount,
  currentDate: Date,
): Promise<JWTPayload | null> {
  for (const key of keysFor(assertion, publicKeys)) {
    try {
      const { payload } = await jwtVerify(assertion, await importJWK(key.jwk, key.algorithm), {
        algorithms: [key.algorithm],
        issuer: id,
        subject: id,
        requiredClaims: ['aud', 'exp', 'jti'],
        clockTolerance: CLOCK_SKEW_SECONDS,
        currentDate,
      });
      return payload;
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  return null;
}

/** The keys that may have signed it, by `alg` and `kid`; the algorithm is one that the key is for. */
function keysFor(assertion: string, keys: JWK[]): { jwk: JWK; algorithm: string }[] {
  try {
    const { alg = '', kid } = decodeProtectedHeader(assertion);
    if (!ASSERTION_ALGORITHMS.includes(alg)) return [];
    return keys
      .filter((key) => algorithmsOf(key).includes(alg) && (!kid || !key.kid || key.kid === kid))
      .map((jwk) => ({ jwk, algorithm: alg }));
  } catch {
    return [];
  }
}
