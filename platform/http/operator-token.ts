import { decodeJwt, type JWTPayload } from 'jose';
import { isOperatorRole, type OperatorRole } from '../../sdk/contracts/operator-roles.ts';
import { createSignedClaims } from './signed-claims.ts';

/** Tokens of another issuer than ourselves. */
export interface ForeignTokens {
  /** Whether the token says that it is of the issuer. */
  isOf(claims: JWTPayload): boolean;
  /** Returns null for a token that is not valid. Throws AppError 503 while the issuer's keys are unknown. */
  verify(token: string): Promise<OperatorHolder | null>;
}

/** An audience of its own, so that no operator's token passes as a customer's, nor the other way round. */
const AUDIENCE = 'ecs-operators';
const TTL_SECONDS = 60 * 60;

/** The operator that a token names, as it was signed. */
interface OperatorHolder {
  name: string;
  roles: readonly OperatorRole[];
  expiresAtMs: number;
  /** The account's version when it was signed: a disabled account has another, and so has a new password. */
  tokenVersion: number | null;
}

export interface OperatorTokens {
  sign(operator: {
    name: string;
    roles: readonly OperatorRole[];
    tokenVersion: number;
  }): Promise<{ token: string; expiresInSeconds: number }>;
  /** Returns null for any token that is not of an operator, not valid or no longer valid. */
  verify(token: string): Promise<OperatorHolder | null>;
}

/** Operators' tokens, signed with SECRET_KEY, or by an issuer beside us. */
export function createOperatorTokens(options: {
  secretKey: string;
  foreign?: ForeignTokens | undefined;
  now?: () => Date;
}): OperatorTokens {
  const signed = createSignedClaims({ now: () => new Date(), ...options });
  const { foreign } = options;
  return {
    async sign({ name, roles, tokenVersion }) {
      const token = await signed.sign({ sub: name, roles, ver: tokenVersion }, AUDIENCE, TTL_SECONDS);
      return { token, expiresInSeconds: TTL_SECONDS };
    },
    async verify(token) {
      if (foreign?.isOf(claimsIn(token))) return foreign.verify(token);
      const claims = await signed.read(token, AUDIENCE);
      if (!claims) return null;
      const { roles, ver } = claims.payload;
      if (!Array.isArray(roles) || !Number.isInteger(ver)) return null;
      return {
        name: claims.sub,
        roles: roles.filter(isOperatorRole),
        expiresAtMs: claims.exp * 1000,
        tokenVersion: ver as number,
      };
    },
  };
}

/** What a token says, before anything of it was verified. */
function claimsIn(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    return {};
  }
}
