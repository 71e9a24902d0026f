import type { Endpoint } from '../../sdk/contracts/endpoint.ts';
import { problem } from '../kernel/errors.ts';
import type { PartnerHolder } from './partner-token.ts';

/** A partner, with the scopes of the token, or in a service with those of this moment. */
export interface PartnerPrincipal extends Omit<PartnerHolder, 'expiresAtMs'> {
  kind: 'partner';
  tokenExpiresAtMs: number;
}

/** A partner at this moment. */
export interface PartnerState {
  isActive: boolean;
  tokenVersion: number;
  scopes: readonly string[];
}

/** The partners of a service that has endpoints for them. */
export interface PartnerAccess {
  /**
   * Returns the partner with the scopes of this moment; null when it is disabled or removed, or the token is
   * void. Throws AppError 503 when that cannot be told.
   */
  current(partner: PartnerPrincipal): PartnerPrincipal | null | Promise<PartnerPrincipal | null>;
}

/** Returns the partner as it may act in this state; null when it may not. */
export function partnerIn(partner: PartnerPrincipal, state: PartnerState): PartnerPrincipal | null {
  if (!state.isActive || state.tokenVersion !== partner.tokenVersion) return null;
  if (partner.scopes.every((scope) => state.scopes.includes(scope))) return partner;
  return { ...partner, scopes: partner.scopes.filter((scope) => state.scopes.includes(scope)) };
}

/** Throws AppError 403 for a partner without the scope of the endpoint. */
export function requireScope({ scopes }: PartnerPrincipal, { scope }: Pick<Endpoint, 'scope'>): void {
  if (scope !== undefined && scopes.includes(scope)) return;
  throw problem('insufficient_scope', {
    detail: `This needs the scope ${scope}.`,
    headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
  });
}
