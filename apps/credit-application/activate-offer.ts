import type { EventRejection } from '../../platform/consuming/event-rejection.ts';
import type { OfferApprovedMessage } from '../../platform/messaging/topics.ts';
import type { Database } from '../../platform/data/sql.ts';
import { activationNotice } from '../../underwriting/notices.ts';
import { activateOffers } from './store.ts';

/** Makes accepted offers active, each exactly once, and leaves its customer's notification for the relay. */
export function createActivateOffer(deps: { database: Database }) {
  return async (approvals: OfferApprovedMessage[]): Promise<EventRejection[]> => {
    const inactive = await activateOffers(
      deps.database,
      approvals.map((approval) => ({
        offerId: approval.offerId,
        notificationId: Bun.randomUUIDv7(),
        // An acceptance of a release before has none.
        ...activationNotice(approval, approval.locale ?? 'en'),
      })),
    );
    return approvals.flatMap(({ offerId }, index) =>
      inactive.has(offerId)
        ? [{ index, code: 'offer_not_accepted', message: 'there is no such accepted offer' }]
        : [],
    );
  };
}
