import { type ConfigOf, integer, oneOf } from '../../platform/kernel/config.ts';
import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { createRoutes } from './routes.ts';

export const variables = {
  ML_MOCK_MODE: oneOf('scorecard', 'scorecard', 'random'),
  ML_MOCK_LATENCY_MS: integer(0, 0, 60_000),
  NODE_ENV: oneOf('development', 'development', 'test', 'production'),
};

export function open(config: ConfigOf<typeof variables>, { log, peers }: Runtime): Service {
  const app = createRoutes({
    log,
    peers,
    behavior: { mode: config.ML_MOCK_MODE, latencyMs: config.ML_MOCK_LATENCY_MS, failureRate: 0 },
    controllable: config.NODE_ENV !== 'production',
  });
  return { name: 'ml-mock', handle: (request) => app.handle(request), checks: {} };
}
