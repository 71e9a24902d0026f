import type { Static } from '@sinclair/typebox';
import * as Type from '@sinclair/typebox';

/** The request to the risk model. Averages are weighted by events; windows end today (UTC). */
export const FeatureVector = Type.Object({
  transaction_count_30d: Type.Integer({ minimum: 0 }),
  avg_transaction_value_30d: Type.Number({ minimum: 0 }),
  /** 0.5 for a customer without emotions. */
  avg_positivity_7d: Type.Number({ minimum: 0, maximum: 1 }),
  /** Events with a stress level of at least 0.7. */
  stress_events_30d: Type.Integer({ minimum: 0 }),
});
export type FeatureVector = Static<typeof FeatureVector>;
export type FeatureName = keyof FeatureVector;

/** The response of the model. A contribution above 0 raised the risk, one below 0 lowered it. */
export const Prediction = Type.Object({
  risk_score: Type.Number({ minimum: 0, maximum: 1 }),
  model_version: Type.String({ minLength: 1, maxLength: 64 }),
  /** By feature; a model may name none. */
  contributions: Type.Optional(Type.Record(Type.String(), Type.Number())),
});
export type Prediction = Static<typeof Prediction>;

/** The request about several vectors at once; its response has their `predictions` in the same order. */
export const Instances = Type.Object({
  instances: Type.Array(FeatureVector, { minItems: 1, maxItems: 1000 }),
});
