import type { FeatureName, FeatureVector } from './risk-model.ts';

/** Deterministic scorecards in place of the data-science service's models, by their versions. */
export const SCORECARD_VERSIONS = ['scorecard-1', 'scorecard-2'] as const;
export type ScorecardVersion = (typeof SCORECARD_VERSIONS)[number];

export const MODEL_VERSION: ScorecardVersion = 'scorecard-1';

export function score(
  features: FeatureVector,
  version: ScorecardVersion = MODEL_VERSION,
): {
  risk_score: number;
  contributions: Record<FeatureName, number>;
} {
  const { baseRisk, shares } = SCORECARDS[version];
  const names = Object.keys(shares) as FeatureName[];
  const contributions = Object.fromEntries(
    names.map((name) => [name, round(shares[name](features[name]))]),
  ) as Record<FeatureName, number>;
  const risk = names.reduce((total, name) => total + contributions[name], baseRisk);
  return { risk_score: round(Math.min(1, Math.max(0, risk))), contributions };
}

interface Scorecard {
  baseRisk: number;
  /**
   * Each feature's share of the risk, above 0 where it raises it. A share moves in a straight line from one
   * end of the feature's scale to the other and stops there, so that people and tests can predict it.
   */
  shares: Record<FeatureName, (value: number) => number>;
}

/**
 * The second version trusts money more and emotions less: transactions weigh up to 0.28 instead of 0.2,
 * amounts 0.15 instead of 0.1 over a scale twice as long, and all emotions together 0.25 instead of 0.6.
 */
const SCORECARDS: Record<ScorecardVersion, Scorecard> = {
  'scorecard-1': {
    baseRisk: 0.5,
    shares: {
      transaction_count_30d: (count) => 0.2 * (1 - (2 * Math.min(count, 40)) / 40),
      avg_transaction_value_30d: (value) => 0.1 * (1 - (2 * Math.min(value, 200)) / 200),
      avg_positivity_7d: (positivity) => 0.25 * (1 - 2 * positivity),
      stress_events_30d: (count) => (0.35 * Math.min(count, 20)) / 20,
    },
  },
  'scorecard-2': {
    baseRisk: 0.45,
    shares: {
      transaction_count_30d: (count) => 0.28 * (1 - (2 * Math.min(count, 40)) / 40),
      avg_transaction_value_30d: (value) => 0.15 * (1 - (2 * Math.min(value, 400)) / 400),
      avg_positivity_7d: (positivity) => 0.1 * (1 - 2 * positivity),
      stress_events_30d: (count) => (0.15 * Math.min(count, 20)) / 20,
    },
  },
};

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
