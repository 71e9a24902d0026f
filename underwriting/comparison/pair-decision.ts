import { decide } from '../decision/decide.ts';
import { type DecisionRecord, featuresOf } from '../decision/record.ts';
import { applicationOf } from '../decision/application-of.ts';
import type { Policy } from '../policy/build-policy.ts';
import { type ActiveDocument, choosePolicy } from './choose-policy.ts';
import type { Prediction } from '../risk-model.ts';
import type { ModelPair } from './model-comparison.ts';

/** A challenger's predictions for a recorded decision. */
export interface ChallengerPredictions {
  twin: Prediction;
  /** Null where emotions were not read. */
  full: Prediction | null;
  latencyMs: number;
}

/** Pairs stored decisions, each decided by its active policy with either's predictions. */
export function pairStored(
  stored: readonly { record: unknown; predictions: unknown }[],
  active: readonly { jurisdiction: string; document: unknown }[],
): ModelPair[] {
  const policyFor = choosePolicy(active as ActiveDocument[]);
  return (stored as { record: DecisionRecord; predictions: ChallengerPredictions }[]).flatMap(
    ({ record, predictions }) => {
      const policy = policyFor(record.jurisdiction);
      return policy ? [pairDecision(record, predictions, policy)] : [];
    },
  );
}

/**
 * Decides a recorded application twice by one policy: with the champion's predictions, and with the
 * challenger's. Everything else is the record's: exposure, sources, jurisdiction, emotion effect.
 */
export function pairDecision(
  record: DecisionRecord,
  predictions: ChallengerPredictions,
  policy: Policy,
): ModelPair {
  const { effect } = policy.effectIn(record.jurisdiction);
  // Emotions that a missing consent turned off stay off; those that were not read cannot count.
  const applied = record.effect.applied === 'off' ? 'off' : effect;
  const application = { ...applicationOf(record), effect: applied };
  const champion = decide(policy, application);
  const challenged = {
    ...application,
    twin: { ...application.twin, prediction: predictions.twin },
    full: application.full && predictions.full ? { ...application.full, prediction: predictions.full } : null,
  };
  const challenger = decide(policy, challenged);
  const scoreOf = (of: typeof application, basis: 'twin' | 'full') =>
    ((basis === 'full' ? of.full : null) ?? of.twin).prediction.risk_score;
  return {
    customer: record.user_id,
    jurisdiction: record.jurisdiction,
    features: featuresOf(record),
    champion: { approved: champion.approved, score: scoreOf(application, champion.basis) },
    challenger: {
      approved: challenger.approved,
      score: scoreOf(challenged, challenger.basis),
      latencyMs: predictions.latencyMs,
    },
  };
}
