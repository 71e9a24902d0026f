import * as PATHS from '../contracts/paths.ts';
import type { ReviewReceived, ReviewRequest } from '../contracts/review.ts';
import type { ApiCall } from '../core/api-call.ts';
import { optionsOf } from '../core/check-options.ts';
import type { WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

export interface Reviews {
  /**
   * Asks for the review of a denial by a person, once. The decision has its state as `review`, and the
   * customer is notified of the outcome (`REVIEW_DECIDED`).
   *
   * @example
   * await ecs.reviews.request(analysisId, { statement: 'My salary of October came late.' });
   * @throws ConflictError `not_a_denial`, `review_requested`; NotFoundError `analysis_not_found`
   */
  request(analysisId: string, options?: ReviewRequest & WriteOptions): ApiCall<ReviewReceived>;
}

export function createReviews(transport: Transport): Reviews {
  return {
    request: (analysisId, reviewOptions) =>
      transport.request(() => {
        const { statement, ...options } = optionsOf(reviewOptions, 'statement');
        return {
          method: 'POST',
          path: PATHS.requestReview,
          params: { analysis_id: analysisId },
          json: { statement },
          options,
        };
      }),
  };
}
