import { type FeatureName, FeatureVector } from './risk-model.ts';

/**
 * The twin of a customer: the same customer without emotions. Its decision beside the customer's own shows
 * the effect of emotions.
 */
export function twinOf(features: FeatureVector): FeatureVector {
  return { ...features, ...NEUTRAL_EMOTIONS };
}

export const FEATURE_NAMES = Object.keys(FeatureVector.properties) as FeatureName[];

/** The values of a customer without emotion events. */
export const NEUTRAL_EMOTIONS = { avg_positivity_7d: 0.5, stress_events_30d: 0 } as const;

export function isEmotional(feature: string): boolean {
  return Object.hasOwn(NEUTRAL_EMOTIONS, feature);
}
