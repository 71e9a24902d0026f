import { isOfFacts } from '../feature-vector.ts';
import type { Policy } from '../policy/build-policy.ts';
import { DOMAINS } from '../policy/policy-samples.ts';
import {
  EXPOSURE_LIMIT_REACHED,
  HIGH_RISK_SCORE,
  REDUCED_BY_EXPOSURE,
  REDUCED_BY_SOURCE,
  REDUCED_TO_MAXIMUM,
} from '../policy/policy-document.ts';
import type { FeatureName } from '../risk-model.ts';
import { FEATURE_NAMES, isEmotional } from '../twin.ts';
import { type Application, type Assessment, decide, type Decision, factsOf, roomOf } from './decide.ts';
import { causesOf } from './denial-causes.ts';
import { type Edition, NEWEST } from './editions.ts';

/** A principal reason of a denial, or of a limit below the policy's terms. */
export interface DecisionReason {
  /** Of the policy's catalogue. */
  code: string;
  /**
   * A feature, `exposure`, or the policy's `exposure_max` or `customer_limit_max`; null where no single fact
   * is the reason.
   */
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
export const SOURCE_MAX = 'customer_limit_max';

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

/** Those of them that may weigh: no average of nothing, and none at its best. */
export function weighedFeatures(
  policy: Policy,
  application: Application,
  { features }: Assessment,
  edition: Edition = NEWEST,
): FeatureName[] {
  const names = shownFeatures(application);
  if (edition < 3) return names;
  return names
    .filter((name) => isOfFacts(features, name) || (edition < 4 && isEmotional(name)))
    .filter((name) => edition < 5 || !isAtBest(policy, name, features[name]));
}

/** Whether a value can get no better, so that nobody could be told that it is too low, or too high. */
function isAtBest({ document }: Policy, name: FeatureName, value: number): boolean {
  const { min, max } = DOMAINS[name];
  return document.features[name]?.better === 'decrease' ? value <= min : value >= max;
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
  const outcome = decision.outcomes[decision.basis] ?? decision.outcomes.twin;
  const reasonOfFeature = (name: FeatureName): DecisionReason => ({
    code: policy.document.features[name]?.reason ?? HIGH_RISK_SCORE,
    feature: name,
    value: assessment.features[name],
    sufficient_value: null,
    weight: weights[name] ?? null,
  });
  const scoreReasons = weighedFeatures(policy, application, assessment, edition)
    .filter((name) => (weights[name] ?? 0) > 0)
    .toSorted((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0) || a.localeCompare(b))
    .map(reasonOfFeature);
  // Before edition 5 a score without such features was untold beside other reasons.
  const isUntold = scoreReasons.length === 0 && edition < 5;
  const ofScore = scoreReasons.length > 0 || isUntold ? scoreReasons : [plainReason(HIGH_RISK_SCORE)];
  const names = shownFeatures(application);
  const causes = causesOf(policy, factsOf(application, assessment), outcome, edition);
  const reasons = causes.flatMap(({ code, feature, isEmotional: isOfEmotion, isOfExposure }) => {
    const isOfScore = code === HIGH_RISK_SCORE;
    if (feature && !isOfScore && names.includes(feature)) return [{ ...reasonOfFeature(feature), code }];
    if (isOfExposure) return [exposureReason(policy, application, code)];
    const mayBeTold = !isOfEmotion || (edition > 4 && application.effect === 'full');
    return mayBeTold && !isOfScore ? [plainReason(code)] : ofScore;
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
  application: Application,
  decision: Decision,
  { code, edition }: { code: string; edition: Edition },
): DecisionReason {
  const { exposure } = application;
  const { exposure_max, credit_limit_min, sources } = policy.document;
  const outcome = decision.outcomes[decision.basis] ?? decision.outcomes.twin;
  const granted = outcome.terms?.credit_limit ?? 0;
  if (code === REDUCED_BY_SOURCE && edition > 4) {
    const values = { value: sources.customer_limit_max, sufficient_value: granted };
    return { ...plainReason(code), feature: SOURCE_MAX, ...values };
  }
  if (code !== EXPOSURE_LIMIT_REACHED && code !== REDUCED_BY_EXPOSURE) return plainReason(code);
  const isSourceBound = edition > 1 && decision.adjustments.includes(REDUCED_BY_SOURCE);
  const bounded = isSourceBound ? (sources.customer_limit_max ?? granted) : granted;
  const needed = code === EXPOSURE_LIMIT_REACHED ? credit_limit_min : bounded;
  const enough = Math.round((exposure_max - needed) * 100) / 100;
  if (edition > 1 && exposure === 0 && enough < 0) {
    const values = { value: exposure_max, sufficient_value: needed };
    return { ...plainReason(REDUCED_TO_MAXIMUM), feature: EXPOSURE_MAX, ...values };
  }
  const isUntried = edition < 5 || code !== EXPOSURE_LIMIT_REACHED;
  const sum = isUntried ? enough : sumWithRoom(policy, application, enough);
  const sufficient = sum !== null && sum >= 0 ? sum : null;
  return { ...plainReason(code), feature: EXPOSURE, value: exposure, sufficient_value: sufficient };
}

/** Returns the highest sum that leaves room, unless a rule denies it; then the highest that is enough. */
function sumWithRoom(policy: Policy, application: Application, sum: number): number | null {
  const isEnough = decide(policy, { ...application, exposure: sum }).approved;
  return isEnough ? sum : sufficientSum(policy, application);
}
