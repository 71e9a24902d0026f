import { isPlainText } from '../../sdk/contracts/text.ts';
import { FEATURE_NAMES } from '../twin.ts';
import type { Prediction } from '../risk-model.ts';
import type { ModelNames } from './model-settings.ts';

const VERSION_LENGTH_MAX = 64;
const RISK_KEY = 'risk_score';
/** Of their JSON: a message has them twice, with up to 3 bytes per character, and a record more often. */
const CONTRIBUTIONS_LENGTH_MAX = 64 * 1024;

interface Reading {
  /** CREDIT_MODEL_SCORE. */
  score: string | null;
  /** Where the prediction names none. */
  version: string | null;
  names: ModelNames;
}

/**
 * Reads one prediction of any protocol: a number, a list of them, or an object. Throws an Error for a risk
 * that is no number from 0 to 1, for a version that cannot be recorded, for contributions that are no
 * numbers, or too many for a message.
 */
export function readPrediction(value: unknown, { score, version, names }: Reading): Prediction {
  const risk = riskIn(value, score);
  if (typeof risk !== 'number' || !(risk >= 0 && risk <= 1)) {
    throw new Error('the model returned a risk that is no number from 0 to 1');
  }
  // A number or a list has none of them.
  const fields = value as { model_version?: unknown; contributions?: unknown };
  const named = fields.model_version ?? version;
  const isVersion = typeof named === 'string' && named !== '' && isPlainText(named);
  if (!isVersion || named.length > VERSION_LENGTH_MAX) {
    throw new Error('the model returned no model_version of 1 to 64 characters');
  }
  const contributions = contributionsIn(fields.contributions, names);
  return { risk_score: risk, model_version: named, ...(contributions ? { contributions } : {}) };
}

/**
 * The risk of a list or an object of one is that one (MLflow gives a column of a data frame as `{"0":
 * risk}`); of a list of two, the classes of a classifier, the second: the probability of class 1, which is
 * the default on a loan. Of longer lists the index has to be configured, of other objects the key.
 */
function riskIn(value: unknown, score: string | null): unknown {
  if (Array.isArray(value)) {
    if (score === null && value.length > 2) {
      throw new Error('the model returned a list: CREDIT_MODEL_SCORE must say which of it is the risk');
    }
    return value[score === null ? value.length - 1 : Number(score)];
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  if (score !== null) return fields[score];
  const values = Object.values(fields);
  return values.length === 1 ? values[0] : fields[RISK_KEY];
}

/** Contributions by our names of the features; those of other names are kept as they are. */
function contributionsIn(value: unknown, names: ModelNames): Record<string, number> | null {
  if (value === undefined || value === null) return null;
  const isRecord = typeof value === 'object' && !Array.isArray(value);
  const isShare = ([name, share]: [string, unknown]) => isPlainText(name) && Number.isFinite(share);
  if (!isRecord || !Object.entries(value).every(isShare)) {
    throw new Error('the model returned contributions that are no numbers by feature');
  }
  if (JSON.stringify(value).length > CONTRIBUTIONS_LENGTH_MAX) {
    throw new Error(`the model returned contributions of more than ${CONTRIBUTIONS_LENGTH_MAX} characters`);
  }
  const ownNames = new Map(FEATURE_NAMES.map((name) => [names[name], name as string]));
  return Object.fromEntries(
    Object.entries(value).map(([name, share]) => [ownNames.get(name) ?? name, share]),
  );
}
