import { Elysia } from 'elysia';
import type { ClosingReason, CreditOffer } from '../../../sdk/contracts/credit.ts';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { requireCustomer, requireOperator, requireOwnBody } from '../../../platform/http/principal.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import type { Acceptance } from '../../../underwriting/offer.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import { closeAsOperator } from './close-as-operator.ts';
import { selectOffer, selectOffers } from './offer-store.ts';

export interface OfferFlows {
  acceptOffer(offerId: string, userId: string, traceId: string): Promise<Acceptance>;
  closeOffer(offerId: string, userId: string, reason: ClosingReason | null): Promise<CreditOffer>;
  idempotency: Idempotency;
  database: Database;
}

export function offerRoutes(plugin: Contract, { database, idempotency, ...flows }: OfferFlows) {
  const { listOffers, getOffer, acceptOffer, closeOffer } = ENDPOINTS;
  return new Elysia({ name: 'offers' })
    .use(plugin)
    .get(
      elysiaPath(listOffers.path),
      async ({ call, query: { page = 1, page_size = 10 } }) => {
        const { userId } = requireCustomer(call.principal);
        const { total, items } = await selectOffers(database, userId, { number: page, size: page_size });
        return { total, page, page_size, items };
      },
      contract(listOffers),
    )
    .get(
      elysiaPath(getOffer.path),
      async ({ call, params }) => {
        const offer = await selectOffer(database, params.offer_id, requireCustomer(call.principal).userId);
        if (!offer) throw problem('offer_not_found');
        return { ...offer };
      },
      contract(getOffer),
    )
    .post(
      elysiaPath(acceptOffer.path),
      async ({ call, body, params: { offer_id: offerId } }) => {
        requireOwnBody(call.principal, body.userId);
        return idempotency.once(call, 202, async () => {
          const { userId } = requireCustomer(call.principal);
          const acceptance = await flows.acceptOffer(offerId, userId, call.traceId);
          if (acceptance === 'not_found') throw problem('offer_not_found');
          if (acceptance !== 'accepted') {
            throw problem(acceptance === 'expired' ? 'offer_expired' : 'exposure_limit_reached');
          }
          return Response.json(
            { status: 'offer acceptance is being processed', offer_id: offerId },
            {
              status: 202,
              headers: { location: `/v1/credit-offers/${offerId}`, 'cache-control': 'no-store' },
            },
          );
        });
      },
      contract(acceptOffer),
    )
    .post(
      elysiaPath(closeOffer.path),
      async ({ call, body, params }) =>
        idempotency.once(call, 200, async () => {
          const { userId } = requireCustomer(call.principal);
          return { ...(await flows.closeOffer(params.offer_id, userId, body.reason ?? null)) };
        }),
      contract(closeOffer),
    );
}

/** The endpoint by which operators close limits. */
export function operatorOfferRoutes(plugin: Contract, { database, idempotency }: OfferFlows) {
  const { closeLimitAsOperator } = ENDPOINTS;
  return new Elysia({ name: "operators' offers" }).use(plugin).post(
    elysiaPath(closeLimitAsOperator.path),
    async ({ call, body: { reason }, params: { offer_id: offerId } }) =>
      idempotency.once(call, 200, async () => {
        const operator = requireOperator(call.principal).name;
        return { ...(await closeAsOperator(database, { offerId, operator, reason })) };
      }),
    contract(closeLimitAsOperator),
  );
}
