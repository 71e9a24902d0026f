import { type ConfigOf, integer, oneOf } from '../../platform/kernel/config.ts';
import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { MODEL_VERSION, SCORECARD_VERSIONS } from '../../underwriting/scorecard.ts';
import { createRoutes } from './routes.ts';

export const variables = {
  /** Served at /v1/predict; each is served at a path of its own as well, `/scorecard-2/v1/predict`. */
  ML_MOCK_MODEL: oneOf(MODEL_VERSION, ...SCORECARD_VERSIONS),
  ML_MOCK_MODE: oneOf('scorecard', 'scorecard', 'random'),
  ML_MOCK_LATENCY_MS: integer(0, 0, 60_000),
  NODE_ENV: oneOf('development', 'development', 'test', 'production'),
};

export function open(config: ConfigOf<typeof variables>, { log, peers }: Runtime): Service {
  const app = createRoutes({
    log,
    peers,
    model: config.ML_MOCK_MODEL,
    behavior: { mode: config.ML_MOCK_MODE, latencyMs: config.ML_MOCK_LATENCY_MS, failureRate: 0 },
    controllable: config.NODE_ENV !== 'production',
  });
  return { name: 'ml-mock', handle: (request) => app.handle(request), checks: {} };
}
