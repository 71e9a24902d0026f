// On Bun the bare name is a shim with a Pool that does nothing.
import { Pool } from 'undici/index.js';
import { readHttpUrl } from '../../../platform/addresses/http.ts';
import { type Breaker, type BreakerStatus, createBreaker } from '../../../platform/resilience/breaker.ts';
import { type FeatureVector, Prediction, Predictions } from '../../../underwriting/risk-model.ts';
import type { Logger } from '../../../platform/kernel/log.ts';
import type { Metrics } from '../../../platform/kernel/metrics.ts';
import { createValidator, type Validator } from '../../../platform/kernel/validation.ts';

/** The data-science service's model, behind a circuit breaker. */
export interface RiskModel {
  /**
   * Asks about several vectors in one call and returns their predictions in order. Throws AppError 503
   * `model_unavailable` or `model_busy`.
   */
  assess(vectors: FeatureVector[]): Promise<Prediction[]>;
  status(): BreakerStatus;
  close(): Promise<void>;
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

/** The model rejected the request (4xx): a fault of ours, which says nothing about the model's health. */
class ModelRejection extends Error {
  override name = 'ModelRejection';
}

export function openRiskModel(options: {
  url: string;
  log: Logger;
  metrics: Metrics;
  openMs?: number;
}): RiskModel {
  const { log, metrics } = options;
  const { origin, pathname } = new URL(`${readHttpUrl(options.url).base}/v1/predict`);
  const pool = new Pool(origin, {
    connections: BREAKER.inFlightMax,
    connect: { timeout: TIMEOUT_MS },
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  });
  const prediction = createValidator(Prediction);
  const predictions = createValidator(Predictions);
  /** Models that take one vector a call refuse several; they are asked one by one from then on. */
  let takesInstances = true;
  const { modelCalls, breakerOpen } = createModelMetrics(metrics);

  const ask = async <T>(question: unknown, validator: Validator<T>): Promise<T> => {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: pathname,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(question),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await readText(body);
    if (statusCode >= 400 && statusCode < 500) throw new ModelRejection(`the model returned ${statusCode}`);
    if (statusCode !== 200) throw new Error(`the model returned ${statusCode}`);
    const checked = validator.check(JSON.parse(text));
    if (!checked.ok) throw new Error(`the model's response is not valid at ${checked.errors[0]?.path}`);
    return checked.value;
  };

  const predict = async (vectors: FeatureVector[]): Promise<Prediction[]> => {
    if (vectors.length > 1 && takesInstances) {
      try {
        const response = await ask({ instances: vectors }, predictions);
        if (response.predictions.length !== vectors.length) {
          throw new Error('the model returned another number of predictions than it was asked for');
        }
        return response.predictions;
      } catch (error) {
        if (!(error instanceof ModelRejection)) throw error;
        log.info('the model takes one vector a call');
        takesInstances = false;
      }
    }
    return Promise.all(vectors.map((features) => ask(features, prediction)));
  };

  const breaker: Breaker<FeatureVector[], Prediction[]> = createBreaker(predict, {
    ...BREAKER,
    openMs: options.openMs ?? BREAKER.openMs,
    isFailure: (error) => !(error instanceof ModelRejection),
    onChange(state) {
      log.warn({ breaker: state }, 'the breaker of the risk model changed');
      breakerOpen.set({ open: 1, 'half-open': 0.5, closed: 0 }[state]);
    },
  });

  return {
    async assess(vectors) {
      try {
        const result = await breaker.call(vectors);
        modelCalls.inc({ outcome: 'answered' });
        return result;
      } catch (error) {
        modelCalls.inc({ outcome: 'failed' });
        throw error;
      }
    },
    status: breaker.status,
    async close() {
      breaker.close();
      await pool.destroy();
    },
  };
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

/** A faulty model may respond without end: the rest beyond the limit is not read. */
async function readText(body: AsyncIterable<Uint8Array> & { destroy(): unknown }): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > RESPONSE_BYTES_MAX) {
      body.destroy();
      throw new Error('the response of the model is too large');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
