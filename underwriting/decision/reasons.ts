import { isOfFacts } from '../feature-vector.ts';
import type { Policy } from '../policy/build-policy.ts';
import {
  EXPOSURE_LIMIT_REACHED,
  HIGH_RISK_SCORE,
  REDUCED_BY_EXPOSURE,
  REDUCED_BY_SOURCE,
  REDUCED_TO_MAXIMUM,
} from '../policy/policy-document.ts';
import type { FeatureName } from '../risk-model.ts';
import { FEATURE_NAMES, isEmotional } from '../twin.ts';
import { type Application, type Assessment, decide, type Decision, roomOf } from './decide.ts';
import { type Edition, NEWEST } from './editions.ts';

/** A principal reason of a denial, or of a limit below the policy's terms. */
export interface DecisionReason {
  /** Of the policy's catalogue. */
  code: string;
  /** A feature, `exposure`, or the policy's `exposure_max`; null where no single fact is the reason. */
  feature: string | null;
  value: number | null;
  /** The value of this feature that alone would have been enough; null without such a value. */
  sufficient_value: number | null;
  /** The share of the feature in the risk score. */
  weight: number | null;
}

export type Weights = Partial<Record<FeatureName, number>>;

const REASONS_MAX = 4;
export const EXPOSURE = 'exposure';
export const EXPOSURE_MAX = 'exposure_max';

/** Returns the reasons without searched values; a replay computes the same from the record alone. */
export function reasonsOf(of: {
  policy: Policy;
  application: Application;
  decision: Decision;
  weights: Weights;
  edition?: Edition;
}): DecisionReason[] {
  const { policy, application, decision, edition = NEWEST } = of;
  const adjusted = (code: string) => adjustmentReason(policy, application, decision, { code, edition });
  if (decision.adjustments.length > 0 || decision.approved) return decision.adjustments.map(adjusted);
  const noRoom = edition > 2 ? withoutRoom(policy, application) : null;
  if (noRoom?.isAlone) return [adjusted(EXPOSURE_LIMIT_REACHED)];
  const denials = denialReasons({ ...of, edition });
  if (!noRoom) return denials;
  const beside = { ...adjusted(EXPOSURE_LIMIT_REACHED), sufficient_value: null };
  return [...denials.slice(0, REASONS_MAX - 1), beside];
}

/** The features that a customer may be told of: no emotion unless emotions count. */
export function shownFeatures({ effect }: Application): FeatureName[] {
  return FEATURE_NAMES.filter((name) => effect === 'full' || !isEmotional(name));
}

/** Those of them that may weigh: no average of nothing. */
export function weighedFeatures(
  application: Application,
  { features }: Assessment,
  edition: Edition = NEWEST,
): FeatureName[] {
  const shown = shownFeatures(application);
  if (edition < 3) return shown;
  return shown.filter((name) => isOfFacts(features, name) || (edition < 4 && isEmotional(name)));
}

/**
 * Returns whether the customer's limits leave no room for the smallest one: the sum that would, and whether
 * it would be enough by itself. Null where there is room.
 */
export function withoutRoom(
  policy: Policy,
  application: Application,
): { enough: number; isAlone: boolean } | null {
  const { exposure_max, credit_limit_min } = policy.document;
  if (roomOf(exposure_max, application.exposure) >= credit_limit_min) return null;
  const enough = roomOf(exposure_max, credit_limit_min);
  return { enough, isAlone: decide(policy, { ...application, exposure: enough }).approved };
}

/**
 * Returns the highest sum of limits with which the policy approves, where nothing else has to change; null
 * without one below the customer's.
 */
export function sufficientSum(policy: Policy, application: Application): number | null {
  const isEnough = (cents: number) => decide(policy, { ...application, exposure: cents / 100 }).approved;
  let short = Math.round(application.exposure * 100);
  let enough = 0;
  if (short === 0 || !isEnough(enough)) return null;
  while (short - enough > 1) {
    const middle = Math.floor((short + enough) / 2);
    if (isEnough(middle)) enough = middle;
    else short = middle;
  }
  return enough / 100;
}

export function basisAssessment({ full, twin }: Application, { basis }: Decision): Assessment {
  return basis === 'full' && full ? full : twin;
}

function denialReasons(of: {
  policy: Policy;
  application: Application;
  decision: Decision;
  weights: Weights;
  edition: Edition;
}): DecisionReason[] {
  const { policy, application, decision, weights, edition } = of;
  const assessment = basisAssessment(application, decision);
  const { features } = assessment;
  const shown = shownFeatures(application);
  const weighed = weighedFeatures(application, assessment, edition);
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
    if (feature && shown.includes(feature)) return [{ ...reasonOfFeature(feature), code }];
    if (edition > 3 && policy.isExposureRule(code)) return [exposureReason(policy, application, code)];
    if (code !== HIGH_RISK_SCORE && !policy.isEmotionalRule(code)) return [plainReason(code)];
    return weighed
      .filter((name) => (weights[name] ?? 0) > 0)
      .toSorted((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a.localeCompare(b))
      .map(reasonOfFeature);
  });
  const codes = reasons.map(({ code }) => code);
  const distinct = reasons.filter(({ code }, index) => codes.indexOf(code) === index);
  return distinct.length > 0 ? distinct.slice(0, REASONS_MAX) : [plainReason(HIGH_RISK_SCORE)];
}

/** The reason of a rule about the sum of limits, with the sum that by itself would have been enough. */
function exposureReason(policy: Policy, application: Application, code: string): DecisionReason {
  const sufficient_value = sufficientSum(policy, application);
  return { ...plainReason(code), feature: EXPOSURE, value: application.exposure, sufficient_value };
}

function plainReason(code: string): DecisionReason {
  return { code, feature: null, value: null, sufficient_value: null, weight: null };
}

function adjustmentReason(
  policy: Policy,
  { exposure }: Application,
  decision: Decision,
  { code, edition }: { code: string; edition: Edition },
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
