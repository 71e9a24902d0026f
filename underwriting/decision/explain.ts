import type { FeatureName, FeatureVector, Prediction } from '../risk-model.ts';
import type { Policy } from '../policy/build-policy.ts';
import {
  EXPOSURE_LIMIT_REACHED,
  type FeatureRule,
  HIGH_RISK_SCORE,
  REDUCED_BY_EXPOSURE,
  REDUCED_BY_SOURCE,
  REDUCED_TO_MAXIMUM,
} from '../policy/policy-document.ts';
import { FEATURE_NAMES, isEmotional } from '../twin.ts';
import { type Application, type Assessment, type Decision, wouldApprove } from './decide.ts';
import { type Change, changed, findChanges, type FoundChanges } from './find-changes.ts';

/** A principal reason of a denial, or of a limit below the policy's terms. */
export interface DecisionReason {
  /** Of the policy's catalogue. */
  code: string;
  /** A feature, `exposure`, or the policy's `exposure_max`; null where the reason is of no single fact. */
  feature: string | null;
  value: number | null;
  /** The value of this feature that would have been enough by itself; null where none is. */
  sufficient_value: number | null;
  /** The share of the feature in the risk score. */
  weight: number | null;
}

export interface Explanation {
  reasons: DecisionReason[];
  /** The smallest change that flips a denial, of one feature or else of two; empty where none is known. */
  recourse: Change[];
  /** The assessments that prove each `sufficient_value` and the recourse. */
  evidence: Assessment[];
  /** The share of each feature in the risk score: the model's own, or measured by asking it. */
  weights: Partial<Record<FeatureName, number>>;
  /** False when the model could not be asked to the end: then values may be missing that exist. */
  complete: boolean;
}

/** Asks the model about several vectors at once. Throws when it cannot be asked. */
export type Ask = (vectors: FeatureVector[]) => Promise<Prediction[]>;

export const REASONS_MAX = 4;
export const EXPOSURE = 'exposure';
export const EXPOSURE_MAX = 'exposure_max';

/**
 * Explains a decision: its reasons, the values that would have been enough, and a change that the customer
 * can make. Every such value was tried: the model and the policy approve with it. Under `off` and `help_only`
 * no emotion is a reason.
 */
export async function explain(
  policy: Policy,
  application: Application,
  decision: Decision,
  ask: Ask,
): Promise<Explanation> {
  const assessment = basisAssessment(application, decision);
  if (decision.approved || decision.adjustments.includes(EXPOSURE_LIMIT_REACHED)) {
    return explainWithoutModel(policy, application, decision);
  }
  const isShown = (name: FeatureName) => application.effect === 'full' || !isEmotional(name);
  const features = FEATURE_NAMES.filter(isShown);
  let changes: FoundChanges = { single: {}, pair: null, evidence: [], drops: {} };
  let complete = true;
  try {
    changes = await findChanges({
      rules: policy.document.features,
      features,
      start: assessment.features,
      score: assessment.prediction.risk_score,
      ask,
      flips: (candidate) => wouldApprove(policy, application, candidate),
    });
  } catch {
    complete = false;
  }
  const weights = assessment.prediction.contributions ?? changes.drops;
  const reasons = reasonsOf({ policy, application, decision, weights }).map((reason) => ({
    ...reason,
    sufficient_value: changes.single[reason.feature as FeatureName]?.to ?? null,
  }));
  const recourse = recourseOf(policy, changes);
  const claims = [...reasons.flatMap(changeOfReason), recourse];
  return {
    reasons,
    recourse,
    evidence: evidenceOf(changes.evidence, assessment.features, claims),
    weights,
    complete,
  };
}

/**
 * Returns the reasons without searched values; a replay computes the same from the record alone. `edition` 1
 * is how a limit that exposure reduces was told at first: records of then have it.
 */
export function reasonsOf(of: {
  policy: Policy;
  application: Application;
  decision: Decision;
  weights: Partial<Record<FeatureName, number>>;
  edition?: 1 | 2;
}): DecisionReason[] {
  const { policy, application, decision, weights, edition = 2 } = of;
  const { features } = basisAssessment(application, decision);
  if (decision.adjustments.length > 0 || decision.approved) {
    return decision.adjustments.map((code) =>
      adjustmentReason(policy, application, decision, { code, edition }),
    );
  }
  const isShown = (name: string) => application.effect === 'full' || !isEmotional(name);
  const reasonOfFeature = (name: FeatureName): DecisionReason => ({
    code: policy.document.features[name]?.reason ?? HIGH_RISK_SCORE,
    feature: name,
    value: features[name],
    sufficient_value: null,
    weight: weights[name] ?? null,
  });
  const outcome = decision.outcomes[decision.basis] ?? decision.outcomes.twin;
  const reasons = outcome.denied_by.flatMap((code): DecisionReason[] => {
    const feature = code === HIGH_RISK_SCORE ? null : policy.featureOfRule(code);
    if (feature && isShown(feature)) return [{ ...reasonOfFeature(feature), code }];
    if (code !== HIGH_RISK_SCORE && !policy.isEmotionalRule(code)) return [plainReason(code)];
    return FEATURE_NAMES.filter((name) => isShown(name) && (weights[name] ?? 0) > 0)
      .toSorted((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a.localeCompare(b))
      .map(reasonOfFeature);
  });
  const codes = reasons.map(({ code }) => code);
  const distinct = reasons.filter(({ code }, index) => codes.indexOf(code) === index);
  return distinct.length > 0 ? distinct.slice(0, REASONS_MAX) : [plainReason(HIGH_RISK_SCORE)];
}

function basisAssessment({ full, twin }: Application, { basis }: Decision): Assessment {
  return basis === 'full' && full ? full : twin;
}

function plainReason(code: string): DecisionReason {
  return { code, feature: null, value: null, sufficient_value: null, weight: null };
}

/** Explains a reduction by exposure or by sources: no model is needed. */
function explainWithoutModel(policy: Policy, application: Application, decision: Decision): Explanation {
  const reasons = reasonsOf({ policy, application, decision, weights: {} });
  const [reason] = reasons;
  const enough = reason?.code === EXPOSURE_LIMIT_REACHED ? reason.sufficient_value : null;
  const recourse =
    enough === null ? [] : [{ feature: EXPOSURE, from: application.exposure, to: enough } satisfies Change];
  return { reasons, recourse, evidence: [], weights: {}, complete: true };
}

function adjustmentReason(
  policy: Policy,
  { exposure }: Application,
  decision: Decision,
  { code, edition }: { code: string; edition: 1 | 2 },
): DecisionReason {
  if (code !== EXPOSURE_LIMIT_REACHED && code !== REDUCED_BY_EXPOSURE) return plainReason(code);
  const { exposure_max, credit_limit_min, sources } = policy.document;
  const outcome = decision.outcomes[decision.basis] ?? decision.outcomes.twin;
  const granted = outcome.terms?.credit_limit ?? 0;
  const isSourceBound = edition > 1 && decision.adjustments.includes(REDUCED_BY_SOURCE);
  const bounded = isSourceBound ? (sources.customer_limit_max ?? granted) : granted;
  const needed = code === EXPOSURE_LIMIT_REACHED ? credit_limit_min : bounded;
  const enough = Math.round((exposure_max - needed) * 100) / 100;
  if (edition > 1 && exposure === 0 && enough < 0) {
    const values = { value: exposure_max, sufficient_value: needed };
    return { ...plainReason(REDUCED_TO_MAXIMUM), feature: EXPOSURE_MAX, ...values };
  }
  const sufficient = enough >= 0 ? enough : null;
  return { ...plainReason(code), feature: EXPOSURE, value: exposure, sufficient_value: sufficient };
}

/**
 * The change of one feature a customer can make that costs least of its range; of several that cost the same,
 * the one that changes least of its own value, then the one of the fewest steps; else of two.
 */
function recourseOf(policy: Policy, { single, pair }: FoundChanges): Change[] {
  const rules = policy.document.features;
  const costsOf = ({ feature, from, to }: Change): number[] => {
    const rule = rules[feature] as FeatureRule;
    const wholes = [Math.max(rule.step, rule.max - rule.min), Math.max(rule.step, Math.abs(from)), rule.step];
    // Rounded, so that costs that differ by an error of the arithmetic alone are the same.
    return wholes.map((whole) => Number((Math.abs(to - from) / whole).toPrecision(9)));
  };
  const [smallest] = Object.values(single)
    .filter(({ feature }) => rules[feature]?.actionable)
    .map((change) => ({ change, costs: costsOf(change) }))
    .toSorted((a, b) => compareCosts(a.costs, b.costs) || a.change.feature.localeCompare(b.change.feature));
  return smallest ? [smallest.change] : (pair ?? []);
}

function compareCosts(costs: number[], others: number[]): number {
  const at = costs.findIndex((cost, index) => cost !== others[index]);
  return at === -1 ? 0 : (costs[at] ?? Infinity) - (others[at] ?? Infinity);
}

function changeOfReason({ feature, value, sufficient_value }: DecisionReason): Change[][] {
  if (feature === null || value === null || sufficient_value === null) return [];
  return [[{ feature, from: value, to: sufficient_value }]];
}

function evidenceOf(tried: Assessment[], start: FeatureVector, claims: Change[][]): Assessment[] {
  const claimed = new Set(claims.map((changes) => JSON.stringify(changed(start, changes))));
  const evidence = new Map<string, Assessment>();
  for (const assessment of tried) {
    const key = JSON.stringify(assessment.features);
    if (claimed.has(key)) evidence.set(key, assessment);
  }
  return [...evidence.values()];
}
