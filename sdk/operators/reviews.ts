import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type {
  OperatorReview,
  OverrideRequest,
  ReviewPage,
  ReviewsQuery,
  UpholdRequest,
} from '../contracts/operator-reviews.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** Reviews of denials that customers asked for. */
export interface OperatorReviews {
  /** Role `operator` or `auditor`. Returns a page of the queue, oldest first. Default state: `open`. */
  list(query?: ReviewsQuery, options?: CallOptions): ApiCall<ReviewPage>;
  /**
   * Role `operator` or `auditor`. Returns a review with its denial.
   *
   * @throws NotFoundError `review_not_found`
   */
  get(reviewId: string, options?: CallOptions): ApiCall<OperatorReview>;
  /**
   * Role `operator`. Upholds the denial; the customer is notified.
   *
   * @throws NotFoundError `review_not_found`; ConflictError `review_decided`, or `review_proposed` and
   * `review_not_proposed` in another state than the decision's `state` names
   */
  uphold(reviewId: string, decision: UpholdRequest, options?: WriteOptions): ApiCall<OperatorReview>;
  /**
   * Role `operator`. Offers credit in place of the denial, or proposes that above the limit of one operator.
   *
   * @throws NotFoundError `review_not_found`; ConflictError `review_decided`, `review_proposed`,
   * `exposure_limit_reached`, `decision_not_recorded`; PermissionError `consent_missing`, `consent_withdrawn`
   */
  override(reviewId: string, decision: OverrideRequest, options?: WriteOptions): ApiCall<OperatorReview>;
  /**
   * Role `operator`. Approves the override that another operator proposed.
   *
   * @throws NotFoundError `review_not_found`; ConflictError `review_decided`, `review_not_proposed`,
   * `exposure_limit_reached`; PermissionError `four_eyes` for the operator who proposed it,
   * `consent_missing`, `consent_withdrawn`
   */
  approve(reviewId: string, note: string, options?: WriteOptions): ApiCall<OperatorReview>;
}

export function createOperatorReviews(transport: Transport): OperatorReviews {
  const post = (path: string, reviewId: string, body: object, options?: WriteOptions) =>
    transport.request<OperatorReview>({
      method: 'POST',
      path,
      params: { review_id: reviewId },
      json: body,
      options,
    });
  return {
    list: (query, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.listReviews,
        expected: { items: 'array' },
        query,
        options,
      }),
    get: (reviewId, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.getReview,
        params: { review_id: reviewId },
        options,
      }),
    uphold: (reviewId, decision, options) => post(OPERATOR_PATHS.upholdReview, reviewId, decision, options),
    override: (reviewId, decision, options) =>
      post(OPERATOR_PATHS.overrideReview, reviewId, decision, options),
    approve: (reviewId, note, options) => post(OPERATOR_PATHS.approveReview, reviewId, { note }, options),
  };
}
