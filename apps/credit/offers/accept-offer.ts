import type { Failpoint } from '../../../platform/kernel/failpoint.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type Acceptance, acceptanceOf } from '../../../underwriting/offer.ts';
import { acceptOffer, selectOffer } from './offer-store.ts';

/**
 * Accepts an offer for its owner. The message that activates it is stored with the acceptance and relayed
 * after it.
 */
export function createAcceptOffer(deps: { database: Database; failpoint?: Failpoint }) {
  return async (offerId: string, userId: string, traceId: string | null = null): Promise<Acceptance> => {
    if (await acceptOffer(deps.database, offerId, userId, traceId)) {
      deps.failpoint?.('accept.committed');
      return 'accepted';
    }
    const offer = await selectOffer(deps.database, offerId, userId);
    return acceptanceOf(offer?.status);
  };
}
