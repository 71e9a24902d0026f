import type { Endpoint } from '../contracts/endpoint.ts';
import type { PartnerScope } from '../contracts/partner-scopes.ts';
import { problem } from './problems.ts';
import type { FakeState } from './state.ts';

/** The principal of a request; null for an anonymous one. */
export type FakePrincipal = { userId: string; expiresAt: number } | FakePartner | 'internal' | null;

interface FakePartner {
  clientId: string;
  scopes: readonly PartnerScope[];
  expiresAt: number;
}

export function authenticate(
  request: Request,
  endpoint: Endpoint,
  state: FakeState,
  internalKey: string,
): FakePrincipal {
  if (endpoint.auth === 'none') return null;
  const key = request.headers.get('x-internal-key');
  for (const name of ['x-internal-key', 'authorization']) {
    if (request.headers.get(name)?.includes(',')) {
      throw problem('repeated_header', { detail: `The ${name} header came more than once.` });
    }
  }
  if (endpoint.auth === 'internal-or-bearer' && key !== null) {
    if (key === internalKey) return 'internal';
    throw problem('invalid_internal_key');
  }
  const ticket = new URL(request.url).searchParams.get('ticket');
  if (endpoint.auth === 'bearer-or-ticket' && ticket !== null) {
    if (request.headers.has('authorization')) throw problem('several_credentials');
    const holder = state.tickets.get(ticket);
    state.tickets.delete(ticket);
    if (holder && holder.usableUntil > state.now()) return holder;
    throw problem('invalid_token');
  }
  const token = /^bearer +([\w.~+/=-]+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
  if (!token) throw problem('missing_token');
  const partner = endpoint.scope && state.partnerTokens.get(token);
  if (partner && partner.expiresAt > state.now()) return withScope(partner, endpoint.scope);
  const grant = endpoint.auth === 'partner' ? undefined : state.tokens.get(token);
  const isVoid = grant && state.erased.has(grant.userId) && !endpoint.takesVoidTokens;
  if (grant && !isVoid && grant.expiresAt > state.now()) return grant;
  throw problem('invalid_token', { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
}

function withScope(partner: FakePartner, scope: PartnerScope | undefined): FakePartner {
  if (scope && partner.scopes.includes(scope)) return partner;
  throw problem('insufficient_scope', {
    detail: `This needs the scope ${scope}.`,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}

/** Throws 404 for a path of another customer. */
export function requireOwnPath(
  principal: FakePrincipal,
  { params: table = {} }: Endpoint,
  params: Record<string, string>,
): void {
  for (const [name, { isOwner, absent }] of Object.entries(table)) {
    if (isOwner && userIdOf(principal) !== params[name]?.toLowerCase()) throw problem(absent);
  }
}

/** The customer of a token; empty for another principal. */
export function userIdOf(principal: FakePrincipal): string {
  return isCustomer(principal) ? principal.userId : '';
}

/** Scopes keys by their sender, as the API does: the same key of two partners, or of the platform, is two. */
export function scopeOf(principal: FakePrincipal): string {
  if (isCustomer(principal)) return principal.userId;
  return typeof principal === 'string' ? principal : (principal?.clientId ?? '');
}

export function isCustomer(principal: FakePrincipal): principal is { userId: string; expiresAt: number } {
  return typeof principal === 'object' && principal !== null && 'userId' in principal;
}

/** Throws 403 for a body of another customer: the platform and partners may write on behalf of all. */
export function requireOwnBody(principal: FakePrincipal, userId: string | undefined): void {
  if (userId === undefined || !isCustomer(principal)) return;
  if (principal.userId !== userId.toLowerCase()) throw problem('not_your_user');
}
