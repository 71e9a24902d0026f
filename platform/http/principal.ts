import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { problem } from '../kernel/errors.ts';
import type { Incoming } from './request.ts';
import { createSecretCheck, createTokens, type Holder, type TicketHolder, type Tokens } from './token.ts';

/** The principal of a request: a customer by token, the platform itself by its key, or anonymous. */
export type Principal =
  | { kind: 'customer'; userId: string; tokenExpiresAtMs: number; ticket?: TicketHolder['ticket'] }
  | { kind: 'internal' }
  | { kind: 'anonymous' };

export interface Keys {
  tokens: Tokens;
  isInternalKey(secretText: string): boolean;
}

/** Each may be a list with commas, which rotates it: any of them will do. */
export function createKeys(secrets: { SECRET_KEY: string; INTERNAL_SERVICE_API_KEY: string }): Keys {
  return {
    tokens: createTokens({ secretKey: secrets.SECRET_KEY }),
    isInternalKey: createSecretCheck(secrets.INTERNAL_SERVICE_API_KEY),
  };
}

const INTERNAL_KEY_HEADER = 'x-internal-key';

/** Returns the principal of a request, before its body is read. Throws AppError 401. */
export async function authenticate(
  request: Incoming,
  auth: Endpoint['auth'],
  keys: Keys,
): Promise<Principal> {
  if (auth === 'none') return { kind: 'anonymous' };
  const internalKey = request.headers.get(INTERNAL_KEY_HEADER);
  const authorization = request.headers.get('authorization');
  requireOnce(INTERNAL_KEY_HEADER, internalKey);
  requireOnce('authorization', authorization);
  if (auth === 'internal-or-bearer' && internalKey !== null) {
    if (keys.isInternalKey(internalKey)) return { kind: 'internal' };
    throw problem('invalid_internal_key');
  }
  const ticket = auth === 'bearer-or-ticket' && authorization === null ? ticketOf(request.url) : null;
  if (ticket !== null) return customerOf(await keys.tokens.verifyTicket(ticket));
  const token = /^bearer +([\w.~+/=-]+)$/i.exec(authorization ?? '')?.[1];
  if (!token) throw problem('missing_token');
  return customerOf(await keys.tokens.verify(token));
}

/** Throws AppError 401 without a holder. */
function customerOf(holder: (Holder & Partial<TicketHolder>) | null): Principal {
  if (!holder) {
    throw problem('invalid_token', { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
  }
  const { userId, expiresAtMs: tokenExpiresAtMs, ticket } = holder;
  return { kind: 'customer', userId: userId.toLowerCase(), tokenExpiresAtMs, ...(ticket ? { ticket } : {}) };
}

function ticketOf(url: string): string | null {
  return url.includes('?') ? new URL(url).searchParams.get('ticket') : null;
}

/**
 * The runtime joins the values of a repeated header: two proofs of identity are none. Neither a token nor a
 * key has a comma.
 */
function requireOnce(name: string, value: string | null): void {
  if (value?.includes(','))
    throw problem('repeated_header', { detail: `The ${name} header came more than once.` });
}

/** Returns the customer that the token names. Throws AppError 401 for another principal. */
export function requireCustomer(principal: Principal): Extract<Principal, { kind: 'customer' }> {
  if (principal.kind === 'customer') return principal;
  throw problem('missing_token');
}

/** Only the platform itself may write on behalf of another. */
export function requireOwnBody(principal: Principal, userId: string | undefined): void {
  if (userId === undefined || principal.kind === 'internal') return;
  if (principal.kind === 'customer' && principal.userId === userId.toLowerCase()) return;
  throw problem('not_your_user');
}
