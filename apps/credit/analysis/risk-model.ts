import { openJsonPost } from '../../../platform/http/json-post.ts';
import type { ProcessTls } from '../../../platform/http/process-tls.ts';
import type { Logger } from '../../../platform/kernel/log.ts';
import type { Metrics } from '../../../platform/kernel/metrics.ts';
import { type Breaker, type BreakerStatus, createBreaker } from '../../../platform/resilience/breaker.ts';
import {
  type AskModel,
  createAskModel,
  ModelRejection,
  type Question,
} from '../../../underwriting/model/ask-model.ts';
import { modelPath, type ModelSettings } from '../../../underwriting/model/model-settings.ts';
import type { FeatureVector, Prediction } from '../../../underwriting/risk-model.ts';

/** The data-science service's model, behind a circuit breaker. */
export interface RiskModel {
  /**
   * Asks about several vectors in one call and returns their predictions in order. Throws AppError 503
   * `model_unavailable` or `model_busy`.
   */
  assess: AskModel;
  status(): BreakerStatus;
  close(): Promise<void>;
}

export interface SharedRiskModel extends RiskModel {
  /**
   * Like `assess`, for work that no customer waits for: in spare slots only, and without effect on the
   * breaker.
   */
  assessSpare: AskModel;
}

const TIMEOUT_MS = 800;
const RESPONSE_BYTES_MAX = 1024 * 1024;
const BREAKER = {
  failuresMax: 5,
  timeoutMs: TIMEOUT_MS,
  openMs: 30_000,
  inFlightMax: 32,
  problems: { busy: 'model_busy', unavailable: 'model_unavailable' },
} as const;

/** The caller ended its question, which says nothing about the model's health. */
class AbandonedQuestion extends Error {
  override name = 'AbandonedQuestion';
}

export function openRiskModel(options: {
  url: string;
  settings: ModelSettings;
  log: Logger;
  metrics: Metrics;
  tls: ProcessTls;
  openMs?: number;
}): SharedRiskModel {
  const { log, metrics, settings } = options;
  const url = new URL(options.url);
  url.pathname = modelPath(url.pathname, settings);
  const json = openJsonPost({
    url,
    timeoutMs: TIMEOUT_MS,
    connections: BREAKER.inFlightMax,
    bytesMax: RESPONSE_BYTES_MAX,
    tls: options.tls,
  });
  const { modelCalls, breakerOpen } = createModelMetrics(metrics);
  const ask = createAskModel({
    settings,
    post: json.post,
    onSingle: () => log.info('the model takes one vector a call'),
  });

  const breaker: Breaker<Asked, Prediction[]> = createBreaker(
    async ({ vectors, question }) => {
      try {
        return await ask(vectors, question);
      } catch (error) {
        throw question?.signal?.aborted ? new AbandonedQuestion('abandoned', { cause: error }) : error;
      }
    },
    {
      ...BREAKER,
      openMs: options.openMs ?? BREAKER.openMs,
      isFailure: (error) => !(error instanceof ModelRejection || error instanceof AbandonedQuestion),
      onChange(state) {
        log.warn({ breaker: state }, 'the breaker of the risk model changed');
        breakerOpen.set({ open: 1, 'half-open': 0.5, closed: 0 }[state]);
      },
    },
  );

  return {
    async assess(vectors, question) {
      try {
        const result = await breaker.call({ vectors, question });
        modelCalls.inc({ outcome: 'answered' });
        return result;
      } catch (error) {
        modelCalls.inc({ outcome: 'failed' });
        throw error;
      }
    },
    assessSpare: (vectors, question) =>
      breaker.callSpare({ vectors, question: { ...question, isBackground: true } }),
    status: breaker.status,
    async close() {
      breaker.close();
      await json.close();
    },
  };
}

interface Asked {
  vectors: FeatureVector[];
  question: Question | undefined;
}

function createModelMetrics(metrics: Metrics) {
  return {
    modelCalls: metrics.counter({
      name: 'ecs_model_calls_total',
      help: 'Calls of the risk model by outcome',
      labelNames: ['outcome'],
    }),
    breakerOpen: metrics.gauge({
      name: 'ecs_breaker_open',
      help: '1 while the breaker of the risk model is open, 0.5 half-open',
    }),
  };
}
