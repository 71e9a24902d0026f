import type { ClosingReason, CreditOffer } from '../../../sdk/contracts/credit.ts';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { requireCustomer, requireOwnBody } from '../../../platform/http/principal.ts';
import { type HttpService, serve } from '../../../platform/http/service.ts';
import type { Acceptance } from '../../../underwriting/offer.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import { selectOffer, selectOffers } from './offer-store.ts';

export interface OfferFlows {
  acceptOffer(offerId: string, userId: string, traceId: string): Promise<Acceptance>;
  closeOffer(offerId: string, userId: string, reason: ClosingReason | null): Promise<CreditOffer>;
  idempotency: Idempotency;
  database: Database;
}

export function serveOffers(service: HttpService, flows: OfferFlows): void {
  const { database, idempotency } = flows;

  serve(service, ENDPOINTS.listOffers, async (call) => {
    const { page = 1, page_size = 10 } = call.query;
    const offers = await selectOffers(database, requireCustomer(call.principal).userId, {
      number: page,
      size: page_size,
    });
    return { total: offers.total, page, page_size, items: offers.items };
  });

  serve(service, ENDPOINTS.getOffer, async (call) => {
    const offer = await selectOffer(database, call.params.offer_id, requireCustomer(call.principal).userId);
    if (!offer) throw problem('offer_not_found');
    return { ...offer };
  });

  serve(service, ENDPOINTS.acceptOffer, (call) => {
    requireOwnBody(call.principal, call.body.userId);
    const offerId = call.params.offer_id;
    return idempotency.once(call, 202, async () => {
      const acceptance = await flows.acceptOffer(
        offerId,
        requireCustomer(call.principal).userId,
        call.traceId,
      );
      if (acceptance === 'not_found') throw problem('offer_not_found');
      if (acceptance !== 'accepted') {
        throw problem(acceptance === 'expired' ? 'offer_expired' : 'exposure_limit_reached');
      }
      return Response.json(
        { status: 'offer acceptance is being processed', offer_id: offerId },
        { status: 202, headers: { location: `/v1/credit-offers/${offerId}`, 'cache-control': 'no-store' } },
      );
    });
  });

  serve(service, ENDPOINTS.closeOffer, (call) =>
    idempotency.once(call, 200, async () => {
      const { userId } = requireCustomer(call.principal);
      return { ...(await flows.closeOffer(call.params.offer_id, userId, call.body.reason ?? null)) };
    }),
  );
}
