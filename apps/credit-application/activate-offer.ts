import type { EventRejection } from '../../platform/consuming/event-rejection.ts';
import type { OfferApprovedMessage } from '../../platform/messaging/credit-topics.ts';
import type { Observe } from '../../platform/kernel/histogram.ts';
import type { Database } from '../../platform/data/sql.ts';
import { activationNotice } from '../../underwriting/notices.ts';
import { activateOffers } from './store.ts';

/** Makes accepted offers active, each exactly once, and queues the notification of its customer. */
export function createActivateOffer(deps: { database: Database; observeActivation?: Observe }) {
  return async (approvals: OfferApprovedMessage[]): Promise<EventRejection[]> => {
    const results = await activateOffers(
      deps.database,
      approvals.map((approval) => ({
        offerId: approval.offerId,
        notificationId: Bun.randomUUIDv7(),
        traceId: approval.traceId ?? null,
        // Messages of earlier releases have no locale.
        ...activationNotice(approval, approval.locale ?? 'en'),
      })),
    );
    for (const { seconds } of results) if (seconds !== null) deps.observeActivation?.(seconds);
    const inactive = new Set(results.flatMap(({ offerId, isActive }) => (isActive ? [] : [offerId])));
    return approvals.flatMap(({ offerId }, index) =>
      inactive.has(offerId)
        ? [{ index, code: 'offer_not_accepted', message: 'there is no such accepted offer' }]
        : [],
    );
  };
}
