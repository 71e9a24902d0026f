import type { FeatureVector } from '../../../../underwriting/risk-model.ts';
import { formatNumber } from './format.ts';

interface Feature {
  label: string;
  /** Empty for an amount in the system's one currency. */
  unit: string;
  digits: number;
  /** Of the customer's emotions. */
  isEmotional: boolean;
}

/** The features of a decision in words, in the order of the model. */
const FEATURES: Record<keyof FeatureVector, Feature> = {
  transaction_count_30d: {
    label: 'Transactions of 30 days',
    unit: 'transactions',
    digits: 0,
    isEmotional: false,
  },
  avg_transaction_value_30d: {
    label: 'Average transaction of 30 days',
    unit: '',
    digits: 2,
    isEmotional: false,
  },
  avg_positivity_7d: {
    label: 'Average positivity of 7 days',
    unit: '(0 to 1)',
    digits: 3,
    isEmotional: true,
  },
  stress_events_30d: { label: 'Stressful events of 30 days', unit: 'events', digits: 0, isEmotional: true },
};

/** The label of a feature; of one that this release does not know, its name. */
export const labelOf = (name: string): string => find(name)?.label ?? name;

/** A value of a feature with its unit. */
export function valueOf(name: string, value: number): string {
  const feature = find(name);
  if (!feature) return String(value);
  return [formatNumber(value, feature.digits), feature.unit].join(' ').trim();
}

const find = (name: string): Feature | undefined => (FEATURES as Record<string, Feature | undefined>)[name];
