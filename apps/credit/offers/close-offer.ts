import type { ClosingReason, CreditOffer } from '../../../sdk/contracts/credit.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { closeOffer, selectOffer } from './offer-store.ts';

/**
 * Closes an active limit for its owner: the customer's exposure falls by it. Closing it again changes
 * nothing. Throws AppError 404 `offer_not_found`, 409 `offer_not_open` or `withdrawal_period_over`.
 */
export function createCloseOffer(deps: { database: Database; defaultJurisdiction: string | null }) {
  return async (offerId: string, userId: string, reason: ClosingReason | null): Promise<CreditOffer> => {
    const close = async () => {
      await closeOffer(deps.database, { ...deps, offerId, userId, reason });
      return selectOffer(deps.database, offerId, userId);
    };
    let offer = await close();
    // It may have become active between the two statements.
    if (offer?.status === 'active') offer = await close();
    if (!offer) throw problem('offer_not_found');
    if (offer.status === 'active') throw problem('withdrawal_period_over');
    if (offer.status !== 'closed') throw problem('offer_not_open');
    return offer;
  };
}
