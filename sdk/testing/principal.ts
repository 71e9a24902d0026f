import type { Endpoint } from '../contracts/endpoint.ts';
import { problem } from './problems.ts';
import type { FakeState } from './state.ts';

/** The principal of a request; null for an anonymous one. */
export type FakePrincipal = { userId: string; expiresAt: number } | 'internal' | null;

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
  // The fake gives tokens to customers alone.
  const grant = endpoint.auth === 'partner' ? undefined : state.tokens.get(token);
  const isVoid = grant && state.erased.has(grant.userId) && !endpoint.takesVoidTokens;
  if (grant && !isVoid && grant.expiresAt > state.now()) return grant;
  throw problem('invalid_token', { headers: { 'www-authenticate': 'Bearer error="invalid_token"' } });
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

export function userIdOf(principal: FakePrincipal): string {
  return principal !== null && principal !== 'internal' ? principal.userId : '';
}

/** Throws 403 for a body of another customer: only the platform itself may write on behalf of another. */
export function requireOwnBody(principal: FakePrincipal, userId: string | undefined): void {
  if (userId === undefined || principal === null || principal === 'internal') return;
  if (principal.userId !== userId.toLowerCase()) {
    throw problem('not_your_user');
  }
}
