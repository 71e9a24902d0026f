import type { OfferStatus } from '../sdk/contracts/credit.ts';

/**
 * A credit offer:
 *
 *   offered --accept (by its owner, before it expires)--> accepted --activate (in the background)--> active
 *                                          active --close (by its owner)--> closed
 *   offered --its days, or a newer analysis--> expired
 *
 * The clock of the store decides about expiry: the database's in the API, the fake's in the API in memory.
 */

export type Acceptance = 'accepted' | 'expired' | 'exposure_limit_reached' | 'not_found';

/** Returns the meaning of an acceptance that changed nothing, by the status of the offer. */
export function acceptanceOf(status: OfferStatus | undefined): Acceptance {
  if (status === undefined) return 'not_found';
  // Nothing but the sum of limits keeps an offer open that is there and in time.
  if (status === 'offered') return 'exposure_limit_reached';
  // Accepting twice is accepting once.
  return status === 'accepted' || status === 'active' ? 'accepted' : 'expired';
}

/** Returns the status that readers see: an offer past its time is expired, before any row says so. */
export function statusAt(offer: { status: OfferStatus; expiresAtMs: number }, nowMs: number): OfferStatus {
  return offer.status === 'offered' && offer.expiresAtMs <= nowMs ? 'expired' : offer.status;
}
