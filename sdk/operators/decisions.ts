import type { DecisionFilter, DecisionLines, RecordedDecision } from '../contracts/operator-decisions.ts';
import type {
  DecisionExplanation,
  DecisionReplay,
  WhatIf,
  WhatIfRequest,
} from '../contracts/operator-what-if.ts';
import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** Decisions as operators see them; each read is an act of the audit log. */
export interface Decisions {
  /** Lists decisions of all customers, newest first; `next_cursor` is the cursor of the next page. */
  list(filter?: DecisionFilter, options?: CallOptions): ApiCall<DecisionLines>;
  /**
   * Returns a decision with its record and its place in the chain.
   *
   * @throws NotFoundError `analysis_not_found`
   */
  get(analysisId: string, options?: CallOptions): ApiCall<RecordedDecision>;
  /**
   * Explains a decision: assessments, the path through the rules, reasons in words.
   *
   * @throws NotFoundError `analysis_not_found`, ConflictError `decision_not_replayable` without a record
   */
  explain(analysisId: string, options?: CallOptions): ApiCall<DecisionExplanation>;
  /**
   * Decides again from the record; `differences` is empty for an unchanged decision.
   *
   * @throws NotFoundError `analysis_not_found`
   */
  replay(analysisId: string, options?: WriteOptions): ApiCall<DecisionReplay>;
  /**
   * Decides with other values, or by another policy, and stores nothing.
   *
   * @throws NotFoundError `analysis_not_found`, `policy_not_found`; ConflictError `decision_not_replayable`;
   * RateLimitError `quota_exceeded`; UnavailableError `model_busy`, `model_unavailable`
   */
  whatIf(analysisId: string, request: WhatIfRequest, options?: WriteOptions): ApiCall<WhatIf>;
}

export function createDecisions(transport: Transport): Decisions {
  const post = <T>(path: string, analysisId: string, body: object, options?: WriteOptions): ApiCall<T> =>
    transport.request({
      method: 'POST',
      path,
      params: { analysis_id: analysisId },
      json: body,
      options,
    });
  return {
    explain: (analysisId, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.explainDecision,
        params: { analysis_id: analysisId },
        options,
      }),
    replay: (analysisId, options) => post(OPERATOR_PATHS.replayDecision, analysisId, {}, options),
    whatIf: (analysisId, request, options) => post(OPERATOR_PATHS.askWhatIf, analysisId, request, options),
    list: (filter = {}, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.listDecisionsAsOperator,
        expected: { items: 'array' },
        query: filter,
        options,
      }),
    get: (analysisId, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.getDecisionAsOperator,
        params: { analysis_id: analysisId },
        options,
      }),
  };
}
