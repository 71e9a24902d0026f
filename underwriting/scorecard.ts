import type { FeatureName, FeatureVector } from './risk-model.ts';

export const MODEL_VERSION = 'scorecard-1';

/** A deterministic scorecard in place of the data-science service's model. */
export function score(features: FeatureVector): {
  risk_score: number;
  contributions: Record<FeatureName, number>;
} {
  const names = Object.keys(SHARES) as FeatureName[];
  const contributions = Object.fromEntries(
    names.map((name) => [name, round(SHARES[name](features[name]))]),
  ) as Record<FeatureName, number>;
  const risk = names.reduce((total, name) => total + contributions[name], BASE_RISK);
  return { risk_score: round(Math.min(1, Math.max(0, risk))), contributions };
}

const BASE_RISK = 0.5;

/**
 * Each feature's share of the risk, above 0 where it raises it. A share moves in a straight line from one end
 * of the feature's scale to the other and stops there, so that people and tests can predict it.
 */
const SHARES: Record<FeatureName, (value: number) => number> = {
  transaction_count_30d: (count) => 0.2 * (1 - (2 * Math.min(count, 40)) / 40),
  avg_transaction_value_30d: (value) => 0.1 * (1 - (2 * Math.min(value, 200)) / 200),
  avg_positivity_7d: (positivity) => 0.25 * (1 - 2 * positivity),
  stress_events_30d: (count) => (0.35 * Math.min(count, 20)) / 20,
};

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
