import { isPartnerScope, type PartnerScope } from '../../sdk/contracts/partner-scopes.ts';
import { createSignedClaims } from './signed-claims.ts';
import { rememberVerified } from './verified-tokens.ts';

/** An audience of its own, so that no partner's token passes as a customer's or an operator's, nor theirs. */
const AUDIENCE = 'ecs-partners';
/** As RFC 9068 names access tokens. */
const TYPE = 'at+jwt';
/** A header that begins with the type: tells a partner's token apart before anything of it is verified. */
const PREFIX = Buffer.from(`{"typ":"${TYPE}"`).toString('base64url');
const TTL_SECONDS = 15 * 60;

/** The partner that a token names, as it was signed. */
export interface PartnerHolder {
  id: string;
  scopes: readonly PartnerScope[];
  /** Requests and events. */
  eventsPerSecond: number;
  /** The partner's version when it was signed: a disabled partner has another. */
  tokenVersion: number;
  expiresAtMs: number;
}

export interface PartnerTokens {
  sign(partner: Omit<PartnerHolder, 'expiresAtMs'>): Promise<{ token: string; expiresInSeconds: number }>;
  /** Whether the text is in the form of these tokens, valid or not. */
  isOf(token: string): boolean;
  /** Returns null for any token that is not of a partner, not valid or no longer valid. */
  verify(token: string): Promise<PartnerHolder | null>;
}

/** Partners' tokens, signed with SECRET_KEY. */
export function createPartnerTokens(options: { secretKey: string; now?: () => Date }): PartnerTokens {
  const now = options.now ?? (() => new Date());
  const signed = createSignedClaims({ secretKey: options.secretKey, now });
  return {
    async sign({ id, scopes, eventsPerSecond, tokenVersion }) {
      const claims = { sub: id, scope: scopes.join(' '), eps: eventsPerSecond, ver: tokenVersion };
      return {
        token: await signed.sign(claims, AUDIENCE, TTL_SECONDS, TYPE),
        expiresInSeconds: TTL_SECONDS,
      };
    },
    isOf: (token) => token.startsWith(PREFIX),
    verify: rememberVerified(async (token) => {
      const claims = await signed.read(token, AUDIENCE);
      if (!claims) return null;
      const { scope, eps, ver } = claims.payload;
      if (typeof scope !== 'string' || !Number.isInteger(eps) || !Number.isInteger(ver)) return null;
      return {
        id: claims.sub,
        scopes: scope.split(' ').filter(isPartnerScope),
        eventsPerSecond: eps as number,
        tokenVersion: ver as number,
        expiresAtMs: claims.exp * 1000,
      };
    }, now),
  };
}
