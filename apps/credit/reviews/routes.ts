import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { Call } from '../../../platform/http/call.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import { toListPage, unknownCursor } from '../../../platform/http/list-page.ts';
import { requireCustomer, requireOperator } from '../../../platform/http/principal.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import type { DecideReview } from './decide-review.ts';
import { insertReview, selectReviews } from './review-store.ts';

export interface ReviewFlows {
  decideReview: DecideReview;
  idempotency: Idempotency;
  database: Database;
}

export function reviewRoutes(plugin: Contract, flows: ReviewFlows) {
  const { database, idempotency } = flows;
  const { requestReview } = ENDPOINTS;
  return new Elysia({ name: 'reviews' })
    .use(plugin)
    .post(
      elysiaPath(requestReview.path),
      async ({ call, body, params: { analysis_id: analysisId } }) =>
        idempotency.once(call, 202, async () => {
          const { userId } = requireCustomer(call.principal);
          const requested = await insertReview(database, {
            analysisId,
            userId,
            statement: body.statement ?? null,
          });
          if (requested === 'not_found') throw problem('analysis_not_found');
          if (typeof requested === 'string') throw problem(requested);
          return { status: 'review requested', review_id: requested.reviewId, analysis_id: analysisId };
        }),
      contract(requestReview),
    )
    .use(operatorReviews(plugin, flows));
}

function operatorReviews(plugin: Contract, { database, decideReview, idempotency }: ReviewFlows) {
  const { listReviews, getReview, upholdReview, overrideReview, approveReview } = ENDPOINTS;
  const acting = (call: Call) => ({ by: requireOperator(call.principal).name, traceId: call.traceId });
  return new Elysia({ name: 'reviews of operators' })
    .use(plugin)
    .get(
      elysiaPath(listReviews.path),
      async ({ query: { state = 'open', cursor = null, page_size = 20 } }) => {
        const reviews = await selectReviews(database, { state, after: cursor, size: page_size + 1 });
        if (!reviews) throw unknownCursor();
        return toListPage(reviews, page_size, ({ review_id: id }) => id);
      },
      contract(listReviews),
    )
    .get(
      elysiaPath(getReview.path),
      async ({ params: { review_id: reviewId } }) => ({ ...(await decideReview.get(reviewId)) }),
      contract(getReview),
    )
    .post(
      elysiaPath(upholdReview.path),
      async ({ call, body, params: { review_id: reviewId } }) =>
        idempotency.once(call, 200, async () => ({
          ...(await decideReview.uphold(reviewId, body, acting(call))),
        })),
      contract(upholdReview),
    )
    .post(
      elysiaPath(overrideReview.path),
      async ({ call, body, params: { review_id: reviewId } }) =>
        idempotency.once(call, 200, async () => ({
          ...(await decideReview.override(reviewId, body, acting(call))),
        })),
      contract(overrideReview),
    )
    .post(
      elysiaPath(approveReview.path),
      async ({ call, body, params: { review_id: reviewId } }) =>
        idempotency.once(call, 200, async () => ({
          ...(await decideReview.approve(reviewId, body, acting(call))),
        })),
      contract(approveReview),
    );
}
