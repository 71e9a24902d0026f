import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { CreditAnalysis } from '../../../sdk/contracts/credit.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { invalid, problem } from '../../../platform/kernel/errors.ts';
import { requireCustomer } from '../../../platform/http/principal.ts';
import { type HttpService, serve } from '../../../platform/http/service.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';
import { selectDecision, selectDecisions } from './decision-store.ts';

export interface AnalysisFlows {
  analyzeCredit(userId: string, traceId: string): Promise<CreditAnalysis>;
  idempotency: Idempotency;
  database: Database;
}

export function serveAnalyses(service: HttpService, flows: AnalysisFlows): void {
  const { analyzeCredit, idempotency, database } = flows;

  serve(service, ENDPOINTS.analyzeCredit, (call) =>
    idempotency.once(call, 200, () => analyzeCredit(requireCustomer(call.principal).userId, call.traceId)),
  );

  serve(service, ENDPOINTS.listAnalyses, async (call) => {
    const { cursor = null, page_size = 20 } = call.query;
    const { userId } = requireCustomer(call.principal);
    const decisions = await selectDecisions(database, userId, { before: cursor, size: page_size + 1 });
    if (!decisions) throw invalid([{ path: '/query/cursor', message: 'must be a next_cursor of this list' }]);
    const items = decisions.slice(0, page_size);
    return {
      items,
      next_cursor: decisions.length > page_size ? (items.at(-1)?.analysis_id ?? null) : null,
    };
  });

  serve(service, ENDPOINTS.getAnalysis, async (call) => {
    const { userId } = requireCustomer(call.principal);
    const decision = await selectDecision(database, call.params.analysis_id, userId);
    if (!decision) throw problem('analysis_not_found');
    return { ...decision };
  });
}
