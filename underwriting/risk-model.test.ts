import { expect, test } from 'bun:test';
import { createValidator } from '../platform/kernel/validation.ts';
import { STRESS_LEVEL_MIN } from './daily-facts.ts';
import { FeatureVector, Instances, Prediction } from './risk-model.ts';
import { isEmotional, NEUTRAL_EMOTIONS, twinOf } from './twin.ts';

const vector = {
  transaction_count_30d: 0,
  avg_transaction_value_30d: 0,
  avg_positivity_7d: 0,
  stress_events_30d: 0,
};
const prediction = { risk_score: 0, model_version: 'm', contributions: {} };
const checks = {
  vector: createValidator(FeatureVector),
  prediction: createValidator(Prediction),
  instances: createValidator(Instances),
};
const instances = (length: number) => ({ instances: Array.from({ length }, () => vector) });

test.each<[keyof typeof checks, object, object]>([
  ['vector', vector, { ...vector, transaction_count_30d: -1 }],
  ['vector', vector, { ...vector, avg_transaction_value_30d: -0.01 }],
  ['vector', vector, { ...vector, avg_positivity_7d: -0.01 }],
  ['vector', { ...vector, avg_positivity_7d: 1 }, { ...vector, avg_positivity_7d: 1.01 }],
  ['vector', vector, { ...vector, stress_events_30d: -1 }],
  ['prediction', prediction, { ...prediction, risk_score: -0.01 }],
  ['prediction', { ...prediction, risk_score: 1 }, { ...prediction, risk_score: 1.01 }],
  ['prediction', prediction, { ...prediction, model_version: '' }],
  [
    'prediction',
    { ...prediction, model_version: 'm'.repeat(64) },
    { ...prediction, model_version: 'm'.repeat(65) },
  ],
  ['instances', instances(1), instances(0)],
  ['instances', instances(1000), instances(1001)],
])('%s: the edge is taken, one step beyond it is refused', (name, edge, beyond) => {
  expect(checks[name].check(edge).ok).toBe(true);
  expect(checks[name].check(beyond).ok).toBe(false);
});

test('the twin is the customer without emotions: a positivity of 0.5, no stressful event', () => {
  const customer = {
    transaction_count_30d: 9,
    avg_transaction_value_30d: 7,
    avg_positivity_7d: 1,
    stress_events_30d: 4,
  };
  expect(twinOf(customer)).toEqual({ ...customer, avg_positivity_7d: 0.5, stress_events_30d: 0 });
  expect(Object.keys(NEUTRAL_EMOTIONS).every(isEmotional)).toBe(true);
  expect(isEmotional('transaction_count_30d')).toBe(false);
});

test('an event is stressful from 0.7 on', () => expect(STRESS_LEVEL_MIN).toBe(0.7));
