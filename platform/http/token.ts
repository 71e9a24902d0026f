import { timingSafeEqual } from 'node:crypto';
import { isUuid } from '../../sdk/contracts/common.ts';
import { createSignedClaims } from './signed-claims.ts';
import { rememberVerified } from './verified-tokens.ts';

const AUDIENCE = 'ecs-api';
/** An audience of its own, so that no ticket passes as a token, nor a token as a ticket. */
const TICKET_AUDIENCE = 'ecs-event-stream';
const TICKET_SECONDS = 30;

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
  ticket: { id: string };
}

/** Customers' tokens, signed with SECRET_KEY. */
export function createTokens(options: { secretKey: string; ttlSeconds?: number; now?: () => Date }): Tokens {
  const ttlSeconds = options.ttlSeconds ?? 60 * 60;
  const now = options.now ?? (() => new Date());
  const signed = createSignedClaims({ secretKey: options.secretKey, now });

  /** The claims of a text that we signed for this audience, and the holder that they name; else null. */
  const readClaims = async (text: string, audience: string) => {
    const claims = await signed.read(text, audience);
    if (!claims || !isUuid(claims.sub)) return null;
    return { payload: claims.payload, holder: { userId: claims.sub, expiresAtMs: claims.exp * 1000 } };
  };

  return {
    async sign(userId) {
      return {
        token: await signed.sign({ sub: userId }, AUDIENCE, ttlSeconds),
        expiresInSeconds: ttlSeconds,
      };
    },

    verify: rememberVerified(async (token) => (await readClaims(token, AUDIENCE))?.holder ?? null, now),

    async signTicket({ userId, expiresAtMs }) {
      const leftSeconds = Math.floor((expiresAtMs - now().getTime()) / 1000);
      const seconds = Math.max(1, Math.min(TICKET_SECONDS, leftSeconds));
      const claims = { sub: userId, jti: crypto.randomUUID(), tokenExpiresAtMs: expiresAtMs };
      return { ticket: await signed.sign(claims, TICKET_AUDIENCE, seconds), expiresInSeconds: seconds };
    },

    async verifyTicket(text) {
      const claims = await readClaims(text, TICKET_AUDIENCE);
      const { jti, tokenExpiresAtMs } = claims?.payload ?? {};
      if (!claims || typeof jti !== 'string' || typeof tokenExpiresAtMs !== 'number') return null;
      return { userId: claims.holder.userId, expiresAtMs: tokenExpiresAtMs, ticket: { id: jti } };
    },
  };
}

/** Returns a check whether a secret is one of a list with commas, in constant time for any lengths. */
export function createSecretCheck(list: string): (secretText: string) => boolean {
  const expected = list.split(',').map((secret) => Bun.SHA256.hash(secret));
  return (secretText) => {
    const hash = Bun.SHA256.hash(secretText);
    return expected.some((candidate) => timingSafeEqual(hash, candidate));
  };
}
