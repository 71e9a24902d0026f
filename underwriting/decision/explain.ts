import type { FeatureName, FeatureVector, Prediction } from '../risk-model.ts';
import type { Policy } from '../policy/build-policy.ts';
import { EXPOSURE_LIMIT_REACHED, type FeatureRule } from '../policy/policy-document.ts';
import { type Application, type Assessment, type Decision, wouldApprove } from './decide.ts';
import { type Change, changed, findChanges, type FoundChanges } from './find-changes.ts';
import {
  basisAssessment,
  type DecisionReason,
  EXPOSURE,
  reasonsOf,
  shownFeatures,
  sufficientSum,
  type Weights,
  weighedFeatures,
  withoutRoom,
} from './reasons.ts';

export interface Explanation {
  reasons: DecisionReason[];
  /** The smallest change that flips a denial, of one feature or else of two; empty when none was found. */
  recourse: Change[];
  /** The assessments that prove each `sufficient_value` and the recourse. */
  evidence: Assessment[];
  /** The share of each feature in the risk score: the model's own, or measured by asking it. */
  weights: Weights;
  /** False when the model failed during the search: then sufficient values may be missing. */
  complete: boolean;
}

/** Asks the model about several vectors at once. Throws when it cannot be asked. */
export type Ask = (vectors: FeatureVector[]) => Promise<Prediction[]>;

/**
 * Explains a decision: its reasons, the values that would have been enough, and a change that the customer
 * can make. Every such value was tried: the model and the policy approve with it. Under `off` and `help_only`
 * no emotion is a reason. Where the sum of limits leaves no room, no other value is enough by itself: the
 * recourse is then a lower sum, with a change of one feature or two where that is not enough either.
 */
export async function explain(
  policy: Policy,
  application: Application,
  decision: Decision,
  ask: Ask,
): Promise<Explanation> {
  const assessment = basisAssessment(application, decision);
  const noRoom = withoutRoom(policy, application);
  const isBounded = decision.adjustments.includes(EXPOSURE_LIMIT_REACHED);
  if (decision.approved || isBounded || noRoom?.isAlone) {
    return explainWithoutModel(policy, application, decision);
  }
  const withRoom = noRoom ? { ...application, exposure: noRoom.enough } : application;
  let changes: FoundChanges = { single: {}, pair: null, evidence: [], drops: {} };
  let complete = true;
  try {
    changes = await findChanges({
      rules: policy.document.features,
      features: shownFeatures(application),
      start: assessment.features,
      score: assessment.prediction.risk_score,
      ask: askTheSame(ask, assessment),
      flips: (candidate) => wouldApprove(policy, withRoom, candidate),
    });
  } catch {
    complete = false;
  }
  const weights = weightsOf(
    assessment.prediction,
    changes.drops,
    weighedFeatures(policy, application, assessment),
  );
  const reasons = reasonsOf({ policy, application, decision, weights }).map((reason) => {
    const searched = noRoom ? null : (changes.single[reason.feature as FeatureName]?.to ?? null);
    return reason.feature === EXPOSURE ? reason : { ...reason, sufficient_value: searched };
  });
  const wayOut = recourseOf(policy, changes);
  const sumTo = (to: number): Change => ({ feature: EXPOSURE, from: application.exposure, to });
  // Where no change of features is enough, a rule may have looked at the sum.
  const sum = sufficientSum(policy, application);
  const sumAlone = sum === null ? [] : [sumTo(sum)];
  const claims = [...reasons.flatMap(changeOfReason), wayOut];
  return {
    reasons,
    recourse: wayOut.length > 0 ? [...(noRoom ? [sumTo(noRoom.enough)] : []), ...wayOut] : sumAlone,
    evidence: evidenceOf(changes.evidence, assessment.features, claims),
    weights,
    complete,
  };
}

/**
 * Asks about the vector of the decision as well, so that a model that was replaced since proves nothing: that
 * other one has not decided. Vectors of one question may still name other versions, where a model has parts.
 */
function askTheSame(ask: Ask, { features, prediction }: Assessment): Ask {
  return async (vectors) => {
    const [again, ...predictions] = await ask([features, ...vectors]);
    if (again?.model_version !== prediction.model_version) {
      throw new Error(`the model is ${again?.model_version} now, ${prediction.model_version} decided`);
    }
    return predictions;
  };
}

/**
 * The model's own shares, unless none of them raises the risk: then a reason would say no more than that the
 * risk is high, and how much the score falls when a feature is at its best tells them apart.
 */
function weightsOf(
  { contributions }: Prediction,
  drops: Weights,
  features: FeatureName[],
): Explanation['weights'] {
  const isRaised = features.some((name) => (contributions?.[name] ?? 0) > 0);
  return contributions && (isRaised || Object.keys(drops).length === 0) ? contributions : drops;
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

/**
 * Returns the recourse: of the single changes of actionable features the one with the smallest share of the
 * feature's range, then of its value, then with the fewest steps; without any, the pair of changes.
 */
function recourseOf(policy: Policy, { single, pair }: FoundChanges): Change[] {
  const rules = policy.document.features;
  const costsOf = ({ feature, from, to }: Change): number[] => {
    const rule = rules[feature] as FeatureRule;
    const wholes = [Math.max(rule.step, rule.max - rule.min), Math.max(rule.step, Math.abs(from)), rule.step];
    // Rounded, so that a floating-point error makes no difference between equal costs.
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
