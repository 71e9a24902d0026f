import type { CreditAnalysis } from '../contracts/credit.ts';
import type { CreditDecision, DecisionPage } from '../contracts/decision.ts';
import * as PATHS from '../contracts/paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import { optionsOf } from '../core/check-options.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';
import { createListing, type Listing } from './listing.ts';

export interface AnalysisListOptions extends CallOptions {
  /** The `next_cursor` of the page before. */
  cursor?: string | undefined;
  /** 1 to 100. Default 20. */
  page_size?: number | undefined;
}

export interface Analyses {
  /**
   * Analyses the customer's credit and, when approved, makes an offer. `ml_risk_score` is 0 low .. 1 high,
   * `interest_rate` percent a year. A denied analysis is a result, not an error.
   *
   * @example
   * const { approved, offer, reasons } = await ecs.analyses.create(userId);
   * @throws UnavailableError `model_unavailable`; its `retryAfterMs` says when to come back
   */
  create(userId: string, options?: WriteOptions): ApiCall<CreditAnalysis>;
  /**
   * The customer's decisions, newest first: one page when it is awaited, all of them with `for await`.
   *
   * @example
   * for await (const decision of ecs.analyses.list(userId)) console.log(decision.approved);
   */
  list(userId: string, options?: AnalysisListOptions): Listing<DecisionPage, CreditDecision>;
  /**
   * One decision: the values that counted, its reasons, and the change that would flip it.
   *
   * @example
   * const { reasons, recourse } = await ecs.analyses.get(analysisId);
   * @throws NotFoundError `analysis_not_found`, for another customer's as well
   */
  get(analysisId: string, options?: CallOptions): ApiCall<CreditDecision>;
}

export function createAnalyses(transport: Transport): Analyses {
  return {
    create: (userId, options) =>
      transport.request({
        method: 'POST',
        path: PATHS.analyzeCredit,
        params: { user_id: userId },
        options,
        expected: { approved: 'boolean' },
      }),

    list(userId, options) {
      const requestPage = (next?: string): ApiCall<DecisionPage> =>
        transport.request(() => {
          const { cursor, page_size, ...call } = optionsOf(options, 'cursor', 'page_size');
          return {
            method: 'GET',
            path: PATHS.listAnalyses,
            params: { user_id: userId },
            query: { cursor: next ?? cursor, page_size },
            options: call,
            expected: { items: 'array' },
          };
        });
      return createListing(requestPage(), ({ next_cursor }: DecisionPage) => next_cursor, requestPage);
    },

    get: (analysisId, options) =>
      transport.request({
        method: 'GET',
        path: PATHS.getAnalysis,
        params: { analysis_id: analysisId },
        options,
      }),
  };
}
