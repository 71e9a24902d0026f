import type { Failpoint } from '../../../platform/kernel/failpoint.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type Acceptance, acceptanceOf } from '../../../underwriting/offer.ts';
import { acceptOffer, selectOffer } from './offer-store.ts';

/**
 * Accepts an offer for its owner, unless the sum of the owner's limits would become too high. The message
 * that activates it is stored with the acceptance and relayed after it.
 */
export function createAcceptOffer(deps: {
  database: Database;
  failpoint?: Failpoint;
  defaultJurisdiction?: string | null;
}) {
  const { database, failpoint, defaultJurisdiction = null } = deps;
  return async (offerId: string, userId: string, traceId: string | null = null): Promise<Acceptance> => {
    if (await acceptOffer(database, { offerId, userId, defaultJurisdiction, traceId })) {
      failpoint?.('accept.committed');
      return 'accepted';
    }
    const offer = await selectOffer(database, offerId, userId);
    return acceptanceOf(offer?.status);
  };
}
