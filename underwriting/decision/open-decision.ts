import type { OpenedAssessment, OpenedDecision } from '../../sdk/contracts/operator-what-if.ts';
import type { Outcome } from '../policy/outcome.ts';
import type { Policy } from '../policy/build-policy.ts';
import { FEATURE_NAMES, isEmotional } from '../twin.ts';
import { applicationOf } from './application-of.ts';
import { withTexts } from './apply.ts';
import { type Application, type Assessment, type Decision, factsOf } from './decide.ts';
import type { Explanation } from './explain.ts';
import type { DecisionRecord } from './record.ts';

/** Lays a decision open for its reader: assessments, the way through the rules, reasons in words. */
export function openDecision(
  policy: Policy,
  application: Application,
  decision: Decision,
  explanation: Pick<Explanation, 'reasons' | 'recourse' | 'complete'>,
  effectBecause: string,
): OpenedDecision {
  const { document } = policy;
  const open = (assessment: Assessment, outcome: Outcome): OpenedAssessment => {
    const { denies, band } = policy.pathOf(factsOf(application, assessment));
    const { risk_score, model_version, contributions = null } = assessment.prediction;
    return {
      features: { ...assessment.features },
      risk_score,
      model_version,
      contributions,
      ...outcome,
      rules: document.rules.map(({ code, deny_when, feature = null }, index) => ({
        code,
        deny_when,
        feature,
        denies: denies[index] ?? false,
      })),
      band,
    };
  };
  const { full, effect } = application;
  return {
    policy_version: policy.version,
    policy_hash: policy.hash,
    policy_title: document.title,
    effect,
    effect_because: effectBecause,
    basis: decision.basis,
    approved: decision.approved,
    terms: decision.terms,
    adjustments: decision.adjustments,
    exposure: application.exposure,
    exposure_max: document.exposure_max,
    twin: open(application.twin, decision.outcomes.twin),
    full: full && decision.outcomes.full && open(full, decision.outcomes.full),
    bands: document.terms.map((band) => ({ ...band })),
    features: FEATURE_NAMES.flatMap((name) => {
      const rule = document.features[name];
      if (!rule) return [];
      const { better, actionable, min, max, step } = rule;
      return [{ name, is_emotional: isEmotional(name), better, actionable, min, max, step }];
    }),
    reasons: withTexts(policy, explanation.reasons, 'en'),
    recourse: explanation.recourse,
    explanation_complete: explanation.complete,
  };
}

/** Lays a stored decision open, as its record has it. */
export function openRecord(record: DecisionRecord, policy: Policy): OpenedDecision {
  const { basis, outcomes, approved, terms, adjustments, effect } = record;
  const decision = { basis, outcomes, approved, terms, adjustments };
  return openDecision(policy, applicationOf(record), decision, explanationIn(record), effect.because);
}

/** The explanation that a record keeps. */
export function explanationIn({
  reasons,
  recourse,
  evidence,
  weights,
  explanation_complete,
}: DecisionRecord) {
  return { reasons, recourse, evidence, weights, complete: explanation_complete };
}
