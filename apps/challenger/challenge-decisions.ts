import type { EventRejection } from '../../platform/consuming/event-rejection.ts';
import type { Database } from '../../platform/data/sql.ts';
import { forEachBounded } from '../../platform/kernel/concurrency.ts';
import { problem } from '../../platform/kernel/errors.ts';
import type { DecisionMessage } from '../../platform/messaging/credit-topics.ts';
import { type AskModel, isAboutVectors } from '../../underwriting/model/ask-model.ts';
import { modelNamesOf, OWN_NAMES } from '../../underwriting/model/model-names.ts';
import type { ModelNames } from '../../underwriting/model/model-settings.ts';
import type { FeatureVector } from '../../underwriting/risk-model.ts';
import { sameFeatures } from '../../underwriting/feature-vector.ts';
import { type ChallengerPrediction, insertPredictions, selectDocuments, selectPredicted } from './store.ts';

/** Decisions at once, each in a call of its own as its customer's would be. */
const AT_ONCE = 8;

/**
 * Asks the challenger about decisions and stores its predictions; it decides nothing. Throws AppError 503
 * while the model cannot be asked: predictions so far are stored, and the consumer handles the rest again.
 */
export function createChallengeDecisions(deps: {
  database: Database;
  ask: AskModel;
  onAsked?: (outcome: 'predicted' | 'failed') => void;
}) {
  const { database, ask, onAsked } = deps;
  const namesOf = createNames(database);
  /** Of the model, as it last named itself. */
  let version: string | null = null;

  return async (decisions: DecisionMessage[]): Promise<EventRejection[]> => {
    const ids = decisions.map(({ analysisId }) => analysisId);
    const predicted = version === null ? new Set<string>() : await selectPredicted(database, version, ids);
    const names = await namesOf(decisions);
    const predictions: ChallengerPrediction[] = [];
    const rejections: EventRejection[] = [];
    let failure: unknown;
    await forEachBounded(decisions.entries(), AT_ONCE, async ([index, decision]) => {
      if (predicted.has(decision.analysisId) || failure !== undefined) return;
      try {
        predictions.push(await predict(ask, decision, names.get(decision.versions.policy) ?? OWN_NAMES));
        onAsked?.('predicted');
      } catch (error) {
        onAsked?.('failed');
        if (isAboutVectors(error)) {
          rejections.push({
            index,
            code: 'model_rejected',
            message: 'the challenger rejects these features',
          });
        } else failure = error;
      }
    });
    version = predictions.at(-1)?.twin.model_version ?? version;
    await insertPredictions(database, predictions);
    if (failure !== undefined) throw problem('model_unavailable', { cause: failure, retryAfterSeconds: 1 });
    return rejections;
  };
}

/** Asks about the twin and the customer; about a vector that is both, once. */
async function predict(
  ask: AskModel,
  { analysisId, twin, full }: DecisionMessage,
  names: ModelNames,
): Promise<ChallengerPrediction> {
  const twinVector = twin.features as FeatureVector;
  const fullVector = (full?.features ?? twinVector) as FeatureVector;
  const vectors = sameFeatures(twinVector, fullVector) ? [twinVector] : [twinVector, fullVector];
  const startedMs = performance.now();
  const [ofTwin, ofFull = ofTwin] = await ask(vectors, { names });
  if (!ofTwin || !ofFull) throw new Error('the model gave no prediction');
  return {
    analysisId,
    twin: ofTwin,
    full: full === null ? null : ofFull,
    latencyMs: performance.now() - startedMs,
  };
}

/** The model's names of the features, by the version of the policy that a decision was made with. */
function createNames(database: Database) {
  const cached = new Map<string, ModelNames>();
  return async (decisions: DecisionMessage[]): Promise<Map<string, ModelNames>> => {
    const versions = new Set(decisions.map(({ versions: { policy } }) => policy));
    const missing = [...versions].filter((policy) => !cached.has(policy));
    if (missing.length > 0) {
      for (const [policy, document] of await selectDocuments(database, missing)) {
        cached.set(policy, modelNamesOf(document));
      }
    }
    return cached;
  };
}
