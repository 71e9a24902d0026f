import type { FeatureVector, Prediction } from '../risk-model.ts';
import type { Policy } from '../policy/build-policy.ts';
import type { CreditTerms, Outcome } from '../policy/outcome.ts';
import {
  type EmotionEffect,
  EXPOSURE_LIMIT_REACHED,
  REDUCED_BY_EXPOSURE,
  REDUCED_BY_SOURCE,
} from '../policy/policy-document.ts';

/** A feature vector with the model's prediction for it. */
export interface Assessment {
  features: FeatureVector;
  prediction: Prediction;
}

export interface Application {
  jurisdiction: string;
  effect: EmotionEffect;
  /** The customer without emotions. */
  twin: Assessment;
  /** The customer with emotions; null where they are not read. */
  full: Assessment | null;
  /** Sum of the customer's accepted and active limits. */
  exposure: number;
  /** Whether facts that the customer reported are among those of both assessments. */
  isSelfReported: boolean;
  /** Whether emotions that the customer reported are among those of `full`; the twin has none. */
  hasReportedEmotions?: boolean;
}

type Basis = 'twin' | 'full';

export interface Decision {
  /** The assessment that the decision rests on. */
  basis: Basis;
  outcomes: { twin: Outcome; full: Outcome | null };
  approved: boolean;
  /** Null when denied. */
  terms: CreditTerms | null;
  /** Codes of the reasons for lower terms than the outcome's, or for none although it approves. */
  adjustments: string[];
}

/**
 * Decides: the policy judges both assessments, exposure and sources bound its grant, and the emotion effect
 * selects the assessment that counts. Pure: the same application and policy always give the same decision.
 */
export function decide(policy: Policy, application: Application): Decision {
  const judge = (assessment: Assessment) => policy.judge(factsOf(application, assessment));
  const outcomes = {
    twin: judge(application.twin),
    full: application.full && application.effect !== 'off' ? judge(application.full) : null,
  };
  const twin = grant(policy, application, 'twin', outcomes.twin);
  const full = outcomes.full && grant(policy, application, 'full', outcomes.full);
  const basis = basisOf(application.effect, twin, full);
  const granted = basis === 'full' && full ? full : twin;
  return { basis, outcomes, approved: granted.terms !== null, ...granted };
}

/**
 * Returns whether facts that the customer reported cut the limit: that of the decision, or that with
 * emotions, which may count for nothing but this cut.
 */
export function isCutBySource(policy: Policy, application: Application, decision: Decision): boolean {
  const { full } = decision.outcomes;
  const grants = full ? [decision, grant(policy, application, 'full', full)] : [decision];
  return grants.some(({ adjustments }) => adjustments.includes(REDUCED_BY_SOURCE));
}

/** Returns whether the customer would be approved if one assessment alone counted. */
export function wouldApprove(policy: Policy, application: Application, assessment: Assessment): boolean {
  // Sources bound a limit, and never deny.
  return grant(policy, application, 'twin', policy.judge(factsOf(application, assessment))).terms !== null;
}

/** Whether facts that the customer reported are among those that a decision rests on. */
export function restsOnReports(application: Application, basis: Basis): boolean {
  const { isSelfReported, hasReportedEmotions = false } = application;
  return isSelfReported || (basis === 'full' && hasReportedEmotions);
}

interface Grant {
  terms: CreditTerms | null;
  adjustments: string[];
}

/** The facts that a policy judges. */
export function factsOf({ exposure, jurisdiction }: Application, { features, prediction }: Assessment) {
  return { score: prediction.risk_score, exposure, jurisdiction, features };
}

/** Bounds the terms of an outcome by the sources of its facts and by the customer's exposure. */
function grant(policy: Policy, application: Application, basis: Basis, outcome: Outcome): Grant {
  if (!outcome.terms) return { terms: null, adjustments: [] };
  const { exposure_max, credit_limit_min, sources } = policy.document;
  const adjustments: string[] = [];
  let limit = outcome.terms.credit_limit;
  const sourceMax = restsOnReports(application, basis) ? sources.customer_limit_max : null;
  if (sourceMax !== null && sourceMax < limit) {
    limit = sourceMax;
    adjustments.push(REDUCED_BY_SOURCE);
  }
  const room = roomOf(exposure_max, application.exposure);
  if (room < limit) {
    if (room < credit_limit_min) return { terms: null, adjustments: [EXPOSURE_LIMIT_REACHED] };
    limit = room;
    adjustments.push(REDUCED_BY_EXPOSURE);
  }
  return { terms: { ...outcome.terms, credit_limit: limit }, adjustments };
}

/**
 * Returns the limit that is left below the highest exposure; computed in cents, as limits have two decimals.
 */
export function roomOf(exposureMax: number, exposure: number): number {
  return Math.max(0, Math.round(exposureMax * 100) - Math.round(exposure * 100)) / 100;
}

function basisOf(effect: EmotionEffect, twin: Grant, full: Grant | null): Basis {
  if (effect === 'off' || !full) return 'twin';
  if (effect === 'full') return 'full';
  return isBetter(full.terms, twin.terms) ? 'full' : 'twin';
}

/**
 * Whether terms are better for the customer: approved over denied, then the higher limit, then the lower
 * rate.
 */
export function isBetter(terms: CreditTerms | null, other: CreditTerms | null): boolean {
  if (!terms || !other) return terms !== null && other === null;
  if (terms.credit_limit !== other.credit_limit) return terms.credit_limit > other.credit_limit;
  return terms.interest_rate < other.interest_rate;
}
