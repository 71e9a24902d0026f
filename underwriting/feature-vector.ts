import { DAY_MS } from '../sdk/contracts/time.ts';
import type { EmotionDay, TransactionDay } from './daily-facts.ts';
import type { FeatureName, FeatureVector } from './risk-model.ts';

/**
 * Raised when a feature is computed in another way. In `features-1` an average on the half of its last
 * decimal was rounded up or down, by the order in which the days came.
 */
export const FEATURES_VERSION = 'features-2';
export const WINDOW_DAYS = { long: 30, short: 7 } as const;
const NO_EMOTIONS_POSITIVITY = 0.5;

/**
 * The model's input about a user. A window of n days is the UTC day `today` and the n-1 days before it;
 * later days (an event may be dated 5 minutes ahead) belong to no window yet.
 */
export function toFeatureVector(
  emotions: EmotionDay[],
  transactions: TransactionDay[],
  today: string,
): FeatureVector {
  const longWindow = windowOf(today, WINDOW_DAYS.long);
  const shortWindow = windowOf(today, WINDOW_DAYS.short);
  const recentTransactions = transactions.filter(longWindow);
  const recentEmotions = emotions.filter(longWindow);
  const lastEmotions = emotions.filter(shortWindow);

  const transactionCount = sum(recentTransactions, (day) => day.transactionCount);
  const eventCount = sum(lastEmotions, (day) => day.eventCount);
  return {
    transaction_count_30d: transactionCount,
    avg_transaction_value_30d:
      transactionCount === 0
        ? 0
        : averageOf(recentTransactions, (day) => day.amountSum, { count: transactionCount, decimals: 2 }),
    avg_positivity_7d:
      eventCount === 0
        ? NO_EMOTIONS_POSITIVITY
        : averageOf(lastEmotions, (day) => day.positivitySum, { count: eventCount, decimals: 6 }),
    stress_events_30d: sum(recentEmotions, (day) => day.stressEventCount),
  };
}

/**
 * Returns whether a feature has facts behind it, or could speak against a customer: the average of no
 * transactions, 0, has none, and the positivity of no emotions, 0.5, is that of balanced ones.
 */
export function isOfFacts(features: FeatureVector, name: FeatureName): boolean {
  if (name === 'avg_positivity_7d') return features[name] !== NO_EMOTIONS_POSITIVITY;
  return name !== 'avg_transaction_value_30d' || features.transaction_count_30d > 0 || features[name] > 0;
}

export function sameFeatures(left: FeatureVector, right: FeatureVector): boolean {
  return (
    left.transaction_count_30d === right.transaction_count_30d &&
    left.avg_transaction_value_30d === right.avg_transaction_value_30d &&
    left.avg_positivity_7d === right.avg_positivity_7d &&
    left.stress_events_30d === right.stress_events_30d
  );
}

/** Returns whether a day belongs to the window of so many days that ends today. */
export function windowOf(today: string, days: number): (day: { date: string }) => boolean {
  const first = new Date(Date.parse(`${today}T00:00:00Z`) - (days - 1) * DAY_MS).toISOString().slice(0, 10);
  // Dates of this form are ordered as texts are.
  return ({ date }) => date >= first && date <= today;
}

function sum<T>(items: T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}

/** Whole numbers of it are added: amounts have two decimals, and so many of a positivity are enough. */
const UNITS = 1e9;
const UNITS_OF_MONEY = 100;

/**
 * Returns an average, with a half of its last decimal rounded up. Added in whole units, so that equal facts
 * give an equal vector in whatever order they come, as PostgreSQL's exact numbers would.
 */
function averageOf<T>(
  days: T[],
  sumOf: (day: T) => number,
  { count, decimals }: { count: number; decimals: 2 | 6 },
): number {
  const units = decimals === 2 ? UNITS_OF_MONEY : UNITS;
  const total = sum(days, (day) => Math.round(sumOf(day) * units));
  const scale = 10 ** decimals;
  return Math.round(total / (count * (units / scale))) / scale;
}
