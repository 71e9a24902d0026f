import { FEATURE_NAMES } from '../twin.ts';
import type { FeatureVector, Prediction } from '../risk-model.ts';
import type { ModelNames, ModelProtocol, ModelSettings } from './model-settings.ts';
import { readPrediction } from './read-prediction.ts';

/** The bodies of a protocol. Pure: a response that is no prediction for each vector throws an Error. */
interface Codec {
  /** The question about several vectors. */
  encode(vectors: FeatureVector[], names: ModelNames): unknown;
  /** The question about a vector, for models that take one per call. */
  encodeSingle(vector: FeatureVector, names: ModelNames): unknown;
  /** Returns the predictions in the order of the `count` vectors. */
  decode(response: unknown, count: number, names: ModelNames): Prediction[];
}

export function createCodec(settings: ModelSettings): Codec {
  const encode = ENCODERS[settings.protocol](settings);
  return {
    encode,
    encodeSingle: (vector, names) =>
      settings.protocol === 'ecs' && settings.input !== 'lists'
        ? asObject(vector, names)
        : encode([vector], names),
    decode: (response, count, names) => {
      const predictions = predictionsIn(response, settings.protocol, count);
      if (predictions.length !== count) {
        throw new Error(`the model returned ${predictions.length} predictions for ${count} vectors`);
      }
      const version = versionIn(response) ?? settings.version ?? fallbackVersion(settings);
      return predictions.map((prediction) =>
        readPrediction(prediction, { score: settings.score, version, names }),
      );
    },
  };
}

type Encode = Codec['encode'];

const ENCODERS: Record<ModelProtocol, (settings: ModelSettings) => Encode> = {
  ecs: instancesEncoder,
  'kserve-v1': instancesEncoder,
  mlflow: (settings) => (settings.input === null ? encodeDataframe : instancesEncoder(settings)),
};

function instancesEncoder({ input }: ModelSettings): Encode {
  const form = input === 'lists' ? asList : asObject;
  return (vectors, names) => ({ instances: vectors.map((vector) => form(vector, names)) });
}

function encodeDataframe(vectors: FeatureVector[], names: ModelNames): unknown {
  return {
    dataframe_split: { columns: FEATURE_NAMES.map((name) => names[name]), data: vectors.map(asList) },
  };
}

function asObject(vector: FeatureVector, names: ModelNames): Record<string, number> {
  return Object.fromEntries(FEATURE_NAMES.map((name) => [names[name], vector[name]]));
}

function asList(vector: FeatureVector): number[] {
  return FEATURE_NAMES.map((name) => vector[name]);
}

/** MLflow 1 responds with the bare list; an `ecs` model of one vector a call with its prediction. */
function predictionsIn(response: unknown, protocol: ModelProtocol, count: number): unknown[] {
  if (isObject(response) && Array.isArray(response.predictions)) return response.predictions;
  if (protocol === 'mlflow' && Array.isArray(response)) return response;
  if (protocol === 'ecs' && count === 1 && isObject(response)) return [response];
  throw new Error('the response of the model has no list of predictions');
}

/** The version that the response gives for all its predictions. */
function versionIn(response: unknown): string | null {
  // A response with predictions is an object or a list.
  const version = (response as { model_version?: unknown }).model_version;
  return typeof version === 'string' ? version : null;
}

/** An `ecs` model names its version; the responses of the other protocols have none of their own. */
function fallbackVersion({ protocol, name }: ModelSettings): string | null {
  return protocol === 'ecs' ? null : (name ?? UNVERSIONED);
}

const UNVERSIONED = 'unversioned';

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
