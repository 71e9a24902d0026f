import type { OfferStatus } from '../../../../sdk/contracts/credit.ts';

/**
 * A credit offer:
 *
 *   offered --accept (by its owner, before it expires)--> accepted --activate (in the background)--> active
 *   offered --7 days--> expired
 *
 * The database's clock decides about expiry; `OFFER_DAYS` is all that the code says of it.
 */
export const OFFER_DAYS = 7;

export type Acceptance = 'accepted' | 'expired' | 'not_found';

/** Returns the meaning of an acceptance that changed nothing, by the status of the offer. */
export function acceptanceOf(status: OfferStatus | undefined): Acceptance {
  if (status === undefined) return 'not_found';
  // Accepting twice is accepting once.
  return status === 'accepted' || status === 'active' ? 'accepted' : 'expired';
}
