import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import type { CreditAnalysis } from '../../../sdk/contracts/credit.ts';
import { requireCustomer } from '../../../platform/http/principal.ts';
import { type HttpService, serve } from '../../../platform/http/service.ts';
import type { Idempotency } from '../idempotency/idempotency.ts';

export interface AnalysisFlows {
  analyzeCredit(userId: string, traceId: string): Promise<CreditAnalysis>;
  idempotency: Idempotency;
}

export function serveAnalyses(service: HttpService, { analyzeCredit, idempotency }: AnalysisFlows): void {
  serve(service, ENDPOINTS.analyzeCredit, (call) =>
    idempotency.once(call, 200, () => analyzeCredit(requireCustomer(call.principal).userId, call.traceId)),
  );
}
