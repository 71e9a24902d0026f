import type { DecisionFilter, DecisionLines, RecordedDecision } from '../contracts/operator-decisions.ts';
import { OPERATOR_PATHS } from '../contracts/operator-paths.ts';
import type { CallOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** Decisions as operators see them; each look is an act of the audit log. */
export interface Decisions {
  /** Newest first; `next_cursor` of a page gives the next one. */
  list(filter?: DecisionFilter, options?: CallOptions): Promise<DecisionLines>;
  /** With the record and its place in the chain. @throws NotFoundError `analysis_not_found` */
  get(analysisId: string, options?: CallOptions): Promise<RecordedDecision>;
}

export function createDecisions(transport: Transport): Decisions {
  return {
    list: (filter = {}, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.listDecisionsAsOperator,
        query: { ...filter },
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
