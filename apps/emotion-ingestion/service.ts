import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { EVENT_INGESTION_VARIABLES, openEventIngestion } from '../../platform/ingestion/event-ingestion.ts';
import type { ConfigOf } from '../../platform/kernel/config.ts';
import { createReceiveEmotions } from './receive-emotions.ts';
import { createRoutes } from './routes.ts';

export const variables = EVENT_INGESTION_VARIABLES;

export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  return openEventIngestion(
    {
      name: 'emotion-ingestion',
      topic: 'emotions',
      createRoutes: (options, deps) => createRoutes(options, createReceiveEmotions(deps)),
    },
    config,
    runtime,
  );
}
