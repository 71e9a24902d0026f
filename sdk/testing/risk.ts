import type { CreditType, Reason } from '../contracts/credit.ts';
import type { FakeState } from './state.ts';

/** The facts about a customer, as the API gives them to its model: UTC days, today and those before. */
export interface Features {
  transactionCount: number;
  transactionValue: number;
  positivity: number;
  stressEvents: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const STRESS_LEVEL_MIN = 0.7;

export function featuresOf(state: FakeState, userId: string): Features {
  const today = Math.floor(state.now() / DAY_MS);
  const isWithin = (days: number) => (event: { userId: string; atMs: number }) => {
    const age = today - Math.floor(event.atMs / DAY_MS);
    return event.userId === userId && age >= 0 && age < days;
  };
  const transactions = [...state.transactions.values()].filter(isWithin(30));
  const emotions = [...state.emotions.values()].filter(isWithin(30));
  const recent = emotions.filter(isWithin(7));
  const spent = transactions.reduce((sum, { amount }) => sum + amount, 0);
  const positivity = recent.reduce((sum, { emotionEvent }) => sum + emotionEvent.metrics.positivity, 0);
  return {
    transactionCount: transactions.length,
    transactionValue: transactions.length === 0 ? 0 : Number((spent / transactions.length).toFixed(2)),
    positivity: recent.length === 0 ? 0.5 : Number((positivity / recent.length).toFixed(6)),
    stressEvents: emotions.filter(({ emotionEvent }) => emotionEvent.metrics.stress_level >= STRESS_LEVEL_MIN)
      .length,
  };
}

const round = (value: number) => Math.round(value * 10_000) / 10_000;
const toCents = (value: number) => Math.round(value * 100) / 100;

/** Each feature's share of the risk, and the reason it gives when it raised it. */
const SHARES: { reason: Reason; of(features: Features): number; name: string }[] = [
  {
    name: 'transaction_count_30d',
    of: ({ transactionCount }) => 0.2 * (1 - (2 * Math.min(transactionCount, 40)) / 40),
    reason: { code: 'few_transactions', message: 'There are few transactions in the last 30 days.' },
  },
  {
    name: 'avg_transaction_value_30d',
    of: ({ transactionValue }) => 0.1 * (1 - (2 * Math.min(transactionValue, 200)) / 200),
    reason: {
      code: 'low_transaction_value',
      message: 'The average transaction of the last 30 days is small.',
    },
  },
  {
    name: 'avg_positivity_7d',
    of: ({ positivity }) => 0.25 * (1 - 2 * positivity),
    reason: { code: 'low_positivity', message: 'The emotions of the last 7 days were mostly negative.' },
  },
  {
    name: 'stress_events_30d',
    of: ({ stressEvents }) => (0.35 * Math.min(stressEvents, 20)) / 20,
    reason: {
      code: 'high_stress_frequency',
      message: 'There were many stressful events in the last 30 days.',
    },
  },
];

const HIGH_RISK: Reason = { code: 'high_risk_score', message: 'The overall risk is too high.' };

export interface Decision {
  riskScore: number;
  reasons: Reason[];
  /** Null when denied. */
  terms: { credit_limit: number; interest_rate: number; credit_type: CreditType } | null;
}

/** The scorecard and the policy `v1`; `fixedScore` in place of the scorecard's. */
export function decide(features: Features, fixedScore: number | undefined): Decision {
  const shares = SHARES.map((rule) => ({ ...rule, share: round(rule.of(features)) }));
  const total = shares.reduce((sum, { share }) => sum + share, 0.5);
  const riskScore = fixedScore ?? round(Math.min(1, Math.max(0, total)));
  if (riskScore > 0.6) {
    const raising = shares
      .filter(({ share }) => share > 0)
      .toSorted((left, right) => right.share - left.share || left.name.localeCompare(right.name));
    const reasons = raising.length === 0 ? [HIGH_RISK] : raising.map(({ reason }) => reason);
    return { riskScore, reasons, terms: null };
  }
  const terms = {
    credit_limit: toCents(Math.max(1000, (1 - riskScore) * 10_000)),
    interest_rate: toCents(5 + 15 * riskScore),
    credit_type:
      riskScore <= 0.25 ? ('LONG_TERM_PERSONAL_LOAN' as const) : ('SHORT_TERM_PERSONAL_LOAN' as const),
  };
  return { riskScore, reasons: [], terms };
}
