import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { isOpenTo, type OperatorRole } from '../../sdk/contracts/operator-roles.ts';
import { type AppError, problem } from '../kernel/errors.ts';
import { createOidcTokens } from './oidc-token.ts';
import type { OidcConfig } from './oidc-variables.ts';
import { createOperatorTokens, type OperatorTokens } from './operator-token.ts';
import { type PartnerPrincipal, requireScope } from './partner-access.ts';
import { createPartnerTokens, type PartnerTokens } from './partner-token.ts';
import type { Incoming } from './request.ts';
import { createSecretCheck, createTokens, type Holder, type TicketHolder, type Tokens } from './token.ts';

/** An operator, with the roles of the token, or in a service with those of this moment. */
export interface OperatorPrincipal {
  kind: 'operator';
  /** Of an account, or `subject@issuer` of OpenID Connect. */
  name: string;
  roles: readonly OperatorRole[];
  tokenExpiresAtMs: number;
  /** Null where the token is not of an account. */
  tokenVersion: number | null;
}

/** The principal of a request: a customer, an operator or a partner by token, the platform by its key. */
export type Principal =
  | { kind: 'customer'; userId: string; tokenExpiresAtMs: number; ticket?: TicketHolder['ticket'] }
  | OperatorPrincipal
  | PartnerPrincipal
  | { kind: 'internal' }
  | { kind: 'anonymous' };

export interface Keys {
  tokens: Tokens;
  operators: OperatorTokens;
  partners: PartnerTokens;
  isInternalKey(secretText: string): boolean;
  /** Whether a customer's tokens are void: the customer asked to be erased. */
  isRevoked?: (userId: string) => boolean;
}

/**
 * Each may be a list with commas, which rotates it: any of them will do. A service without an endpoint of the
 * platform has no key of it. Without `isRevoked` no token is void before its time.
 */
export function createKeys(
  secrets: { SECRET_KEY: string; INTERNAL_SERVICE_API_KEY?: string } & Partial<OidcConfig>,
  isRevoked: NonNullable<Keys['isRevoked']> = () => false,
): Keys {
  const { SECRET_KEY: secretKey, INTERNAL_SERVICE_API_KEY: internalKey } = secrets;
  return {
    tokens: tokensOf(secretKey),
    operators: createOperatorTokens({ secretKey, foreign: createOidcTokens(secrets) }),
    partners: createPartnerTokens({ secretKey }),
    isInternalKey: internalKey === undefined ? () => false : createSecretCheck(internalKey),
    isRevoked,
  };
}

/** By key: services in one process verify a token once, as a signature takes longer than other checks. */
const tokensByKey = new Map<string, Tokens>();

function tokensOf(secretKey: string): Tokens {
  const tokens = tokensByKey.get(secretKey) ?? createTokens({ secretKey });
  tokensByKey.set(secretKey, tokens);
  return tokens;
}

const INTERNAL_KEY_HEADER = 'x-internal-key';

/**
 * Returns the principal of a request, before its body is read. Throws AppError 401, or 403 for a partner
 * without the scope. The roles of an operator are checked by the service, which records the request.
 */
export async function authenticate(
  request: Incoming,
  { auth, scope, takesVoidTokens }: Pick<Endpoint, 'auth' | 'scope' | 'takesVoidTokens'>,
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
  const ticket = auth === 'bearer-or-ticket' ? ticketOf(request.url) : null;
  if (ticket !== null && authorization !== null) throw problem('several_credentials');
  if (ticket !== null) return customerOf(await keys.tokens.verifyTicket(ticket), keys);
  const token = /^bearer +([\w.~+/=-]+)$/i.exec(authorization ?? '')?.[1];
  if (!token) throw problem('missing_token');
  if (auth === 'partner' || (scope !== undefined && keys.partners.isOf(token))) {
    return partnerOf(token, keys, scope);
  }
  if (auth !== 'operator') {
    return customerOf(await keys.tokens.verify(token), takesVoidTokens ? {} : keys);
  }
  const holder = await keys.operators.verify(token);
  if (!holder) throw invalidToken();
  const { expiresAtMs: tokenExpiresAtMs, ...operator } = holder;
  return { kind: 'operator', ...operator, tokenExpiresAtMs };
}

async function partnerOf(token: string, keys: Keys, scope: Endpoint['scope']): Promise<PartnerPrincipal> {
  const holder = await keys.partners.verify(token);
  if (!holder) throw invalidToken();
  const { expiresAtMs: tokenExpiresAtMs, ...claims } = holder;
  const partner: PartnerPrincipal = { kind: 'partner', ...claims, tokenExpiresAtMs };
  requireScope(partner, { scope });
  return partner;
}

/** Whether it is an operator with none of the roles of the endpoint. */
export function lacksRole(principal: Principal, { roles }: Pick<Endpoint, 'roles'>): boolean {
  return principal.kind === 'operator' && !isOpenTo(roles ?? [], principal.roles);
}

/** Throws AppError 403 for an operator with none of these roles. */
export function requireRole(principal: OperatorPrincipal, roles: Endpoint['roles']): void {
  if (!lacksRole(principal, { roles })) return;
  throw problem('role_missing', { detail: `This needs the role ${(roles ?? []).join(' or ')}.` });
}

export function invalidToken(): AppError {
  return problem('invalid_token', { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
}

/** Throws AppError 401 without a holder, and for one that is being erased. */
function customerOf(
  holder: (Holder & Partial<TicketHolder>) | null,
  { isRevoked }: Pick<Keys, 'isRevoked'>,
): Principal {
  if (!holder || isRevoked?.(holder.userId)) throw invalidToken();
  const { userId, expiresAtMs: tokenExpiresAtMs, ticket } = holder;
  return { kind: 'customer', userId: userId.toLowerCase(), tokenExpiresAtMs, ...(ticket ? { ticket } : {}) };
}

function ticketOf(url: string): string | null {
  return url.includes('?') ? new URL(url).searchParams.get('ticket') : null;
}

/**
 * Throws AppError 401 for a repeated header, as two proofs of identity name no one principal. The runtime
 * joins the values by a comma, which neither a token nor a key has.
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

/** Returns the operator that the token names. Throws AppError 401 for another principal. */
export function requireOperator(principal: Principal): OperatorPrincipal {
  if (principal.kind === 'operator') return principal;
  throw problem('missing_token');
}

/** Only the platform itself, and a partner at an endpoint of its scope, may write on behalf of another. */
export function requireOwnBody(principal: Principal, userId: string | undefined): void {
  if (userId === undefined || principal.kind === 'internal' || principal.kind === 'partner') return;
  if (principal.kind === 'customer' && principal.userId === userId.toLowerCase()) return;
  throw problem('not_your_user');
}
