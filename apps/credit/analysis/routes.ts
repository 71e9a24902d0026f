import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { CreditAnalysis } from '../../../sdk/contracts/credit.ts';
import type { WhatIf, WhatIfRequest } from '../../../sdk/contracts/operator-what-if.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { toListPage, unknownCursor } from '../../../platform/http/list-page.ts';
import { requireCustomer, requireOperator } from '../../../platform/http/principal.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import { selectDecision, selectDecisions } from './decision-store.ts';

export interface AnalysisFlows {
  whatIf(analysisId: string, operator: string, request: WhatIfRequest): Promise<WhatIf>;
  analyzeCredit(userId: string, traceId: string): Promise<CreditAnalysis>;
  idempotency: Idempotency;
  database: Database;
}

export function analysisRoutes(plugin: Contract, flows: AnalysisFlows) {
  const { idempotency, database } = flows;
  const { analyzeCredit, listAnalyses, getAnalysis, askWhatIf } = ENDPOINTS;
  return new Elysia({ name: 'analyses' })
    .use(plugin)
    .post(
      elysiaPath(analyzeCredit.path),
      async ({ call }) => {
        const { userId } = requireCustomer(call.principal);
        return idempotency.once(call, 200, () => flows.analyzeCredit(userId, call.traceId));
      },
      contract(analyzeCredit),
    )
    .get(
      elysiaPath(listAnalyses.path),
      async ({ call, query: { cursor = null, page_size = 20 } }) => {
        const { userId } = requireCustomer(call.principal);
        const decisions = await selectDecisions(database, userId, { before: cursor, size: page_size + 1 });
        if (!decisions) throw unknownCursor();
        return toListPage(decisions, page_size, ({ analysis_id: id }) => id);
      },
      contract(listAnalyses),
    )
    .post(
      elysiaPath(askWhatIf.path),
      async ({ call, body, params }) => ({
        ...(await flows.whatIf(params.analysis_id, requireOperator(call.principal).name, body)),
      }),
      contract(askWhatIf),
    )
    .get(
      elysiaPath(getAnalysis.path),
      async ({ call, params }) => {
        const { userId } = requireCustomer(call.principal);
        const decision = await selectDecision(database, params.analysis_id, userId);
        if (!decision) throw problem('analysis_not_found');
        return { ...decision };
      },
      contract(getAnalysis),
    );
}
