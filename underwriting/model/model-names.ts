import { FEATURE_NAMES } from '../twin.ts';
import type { PolicyDocument } from '../policy/policy-document.ts';
import type { FeatureName } from '../risk-model.ts';
import type { ModelNames } from './model-settings.ts';

/** Our own names. */
export const OWN_NAMES = Object.fromEntries(FEATURE_NAMES.map((name) => [name, name])) as ModelNames;

/** Returns the model's name of each feature, as the policy maps it. */
export function modelNamesOf({ features }: Pick<PolicyDocument, 'features'>): ModelNames {
  const nameOf = (name: FeatureName) => features[name]?.model_name ?? name;
  return Object.fromEntries(FEATURE_NAMES.map((name) => [name, nameOf(name)])) as ModelNames;
}
