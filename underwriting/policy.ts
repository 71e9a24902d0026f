import type { CreditType, Reason } from '../sdk/contracts/credit.ts';
import type { FeatureName, Prediction } from './risk-model.ts';

/**
 * The underwriting policy `v1`: from a risk score to a decision.
 *
 * Terms: the *risk score* goes from 0 (low) to 1 (high); a *contribution* is the share of one feature in it,
 * above 0 where it raised the risk; a *reason* tells a denied customer which of them weighed most.
 */
export const POLICY_VERSION = 'v1';

const RISK_SCORE_MAX = 0.6;
const LONG_TERM_RISK_SCORE_MAX = 0.25;
const CREDIT_LIMIT_MIN = 1000;
const CREDIT_LIMIT_SCALE = 10_000;
const INTEREST_RATE_BASE = 5;
const INTEREST_RATE_SCALE = 15;
const REASONS_MAX = 4;

export type Decision =
  | { approved: true; terms: CreditTerms; reasons: [] }
  | { approved: false; terms: null; reasons: Reason[] };

export interface CreditTerms {
  creditLimit: number;
  /** Percent a year. */
  interestRate: number;
  creditType: CreditType;
}

const REASONS: Record<FeatureName, Reason> = {
  transaction_count_30d: {
    code: 'few_transactions',
    message: 'There are few transactions in the last 30 days.',
  },
  avg_transaction_value_30d: {
    code: 'low_transaction_value',
    message: 'The average transaction of the last 30 days is small.',
  },
  avg_positivity_7d: {
    code: 'low_positivity',
    message: 'The emotions of the last 7 days were mostly negative.',
  },
  stress_events_30d: {
    code: 'high_stress_frequency',
    message: 'There were many stressful events in the last 30 days.',
  },
};

const HIGH_RISK: Reason = { code: 'high_risk_score', message: 'The overall risk is too high.' };

export function underwrite(prediction: Prediction): Decision {
  const risk = prediction.risk_score;
  if (risk > RISK_SCORE_MAX) {
    return { approved: false, terms: null, reasons: reasonsOf(prediction.contributions) };
  }
  return {
    approved: true,
    reasons: [],
    terms: {
      creditLimit: toCents(Math.max(CREDIT_LIMIT_MIN, (1 - risk) * CREDIT_LIMIT_SCALE)),
      interestRate: toCents(INTEREST_RATE_BASE + INTEREST_RATE_SCALE * risk),
      creditType: risk <= LONG_TERM_RISK_SCORE_MAX ? 'LONG_TERM_PERSONAL_LOAN' : 'SHORT_TERM_PERSONAL_LOAN',
    },
  };
}

/**
 * The contributions that raised the risk, most important first; a model that names none leaves the risk
 * itself.
 */
function reasonsOf(contributions: Prediction['contributions']): Reason[] {
  const raising = (Object.keys(REASONS) as FeatureName[])
    .map((feature) => ({ feature, share: contributions?.[feature] ?? 0 }))
    .filter(({ share }) => share > 0)
    .toSorted((a, b) => b.share - a.share || a.feature.localeCompare(b.feature));
  if (raising.length === 0) return [HIGH_RISK];
  return raising.slice(0, REASONS_MAX).map(({ feature }) => REASONS[feature]);
}

function toCents(value: number): number {
  return Math.round(value * 100) / 100;
}
