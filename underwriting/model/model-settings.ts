import type { FeatureName } from '../risk-model.ts';

/** The protocols that a risk model may speak; docs/operations/credit.md has their requests and responses. */
export const MODEL_PROTOCOLS = ['ecs', 'kserve-v1', 'mlflow'] as const;
export type ModelProtocol = (typeof MODEL_PROTOCOLS)[number];

/** The forms of a feature vector: an object by name, or a list in the order of `FEATURE_NAMES`. */
export const MODEL_INPUTS = ['objects', 'lists'] as const;
type ModelInput = (typeof MODEL_INPUTS)[number];

export interface ModelSettings {
  protocol: ModelProtocol;
  /** KServe's name of the model. */
  name: string | null;
  /** Recorded where the response names no version. */
  version: string | null;
  /** The key (of an object) or the index (of a list) of the risk in a prediction. */
  score: string | null;
  /** Null: the protocol's own form, `dataframe_split` for MLflow and objects for the others. */
  input: ModelInput | null;
}

/** The model's name of each feature. */
export type ModelNames = Record<FeatureName, string>;

const PATHS: Record<ModelProtocol, (name: string) => { whole: string; added: string }> = {
  ecs: () => ({ whole: '/v1/predict', added: '/v1/predict' }),
  'kserve-v1': (name) => ({ whole: ':predict', added: `/v1/models/${encodeURIComponent(name)}:predict` }),
  mlflow: () => ({ whole: '/invocations', added: '/invocations' }),
};

/**
 * Returns the path of the model: the URL's own when it already ends as the protocol's does, else with the
 * protocol's behind it.
 */
export function modelPath(basePath: string, { protocol, name }: ModelSettings): string {
  const base = basePath.replace(/\/+$/, '');
  const { whole, added } = PATHS[protocol](name ?? '');
  return base.endsWith(whole) ? base : `${base}${added}`;
}

/** Returns the fault of settings that belong together, or null. */
export function faultOfSettings(basePath: string, { protocol, name }: ModelSettings): string | null {
  if (protocol !== 'kserve-v1' || name !== null || basePath.endsWith(':predict')) return null;
  return 'is missing; kserve-v1 needs the name of the model, or a URL that ends in :predict';
}
