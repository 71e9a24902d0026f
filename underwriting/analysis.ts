import type { AnalysisOffer, CreditAnalysis, Reason } from '../sdk/contracts/credit.ts';
import type { FeatureVector } from './risk-model.ts';

/** The time for which an analysis of the same facts is returned again. */
export const COOLDOWN_SECONDS = 300;

/** A decision as it is recorded. */
export interface AnalysisRecord {
  id: string;
  approved: boolean;
  riskScore: number;
  modelVersion: string;
  policyVersion: string;
  features: FeatureVector;
  reasons: Reason[];
  offer: AnalysisOffer | null;
}

/** Returns a record as the API shows it; `replayed` marks an analysis that was returned before. */
export function toCreditAnalysis(userId: string, record: AnalysisRecord, replayed: boolean): CreditAnalysis {
  return {
    user_id: userId,
    approved: record.approved,
    ml_risk_score: record.riskScore,
    offer: record.offer,
    // Reasons of an approval say why the limit is lower than it could be.
    reason: record.approved ? null : (record.reasons[0]?.message ?? null),
    reasons: record.reasons.map(({ code, message }) => ({ code, message })),
    analysis_id: record.id,
    model_version: record.modelVersion,
    policy_version: record.policyVersion,
    replayed,
  };
}
