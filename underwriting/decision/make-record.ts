import type { Policy } from '../policy/build-policy.ts';
import { FEATURES_VERSION, WINDOW_DAYS } from '../feature-vector.ts';
import { type Application, type Decision, restsOnReports } from './decide.ts';
import { NEWEST } from './editions.ts';
import type { Explanation } from './explain.ts';
import type { DecisionRecord } from './record.ts';

/** Everything about a decision beside its application. */
export interface Circumstances {
  analysisId: string;
  userId: string;
  traceId: string | null;
  decidedAt: Date;
  /** Random, and as hard to guess as a key. */
  salt: string;
  /** UTC date of the database's clock, the last day of the windows. */
  today: string;
  counts: DecisionRecord['counts'];
  consents: Record<string, boolean>;
  /** Why the emotion effect is the one that was applied. */
  effectBecause: string;
}

/** Makes the record of a decision: everything it was made of, and its outcome. */
export function makeRecord(
  policy: Policy,
  application: Application,
  decision: Decision,
  explanation: Explanation,
  circumstances: Circumstances,
): DecisionRecord {
  return {
    schema: 2,
    salt: circumstances.salt,
    analysis_id: circumstances.analysisId,
    user_id: circumstances.userId,
    trace_id: circumstances.traceId,
    decided_at: circumstances.decidedAt.toISOString(),
    jurisdiction: application.jurisdiction,
    consents: circumstances.consents,
    window: { today: circumstances.today, long_days: WINDOW_DAYS.long, short_days: WINDOW_DAYS.short },
    counts: circumstances.counts,
    versions: {
      features: FEATURES_VERSION,
      model: application.twin.prediction.model_version,
      policy: policy.version,
      policy_hash: policy.hash,
      edition: NEWEST,
    },
    effect: { applied: application.effect, because: circumstances.effectBecause },
    twin: application.twin,
    full: application.full,
    outcomes: decision.outcomes,
    basis: decision.basis,
    exposure: { before: application.exposure, max: policy.document.exposure_max },
    is_self_reported: restsOnReports(application, decision.basis),
    approved: decision.approved,
    terms: decision.terms,
    adjustments: decision.adjustments,
    reasons: explanation.reasons,
    recourse: explanation.recourse,
    evidence: explanation.evidence,
    weights: explanation.weights,
    explanation_complete: explanation.complete,
  };
}
