import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { EVENT_INGESTION_VARIABLES, openEventIngestion } from '../../platform/ingestion/event-ingestion.ts';
import { type ConfigOf, VARIABLES } from '../../platform/kernel/config.ts';
import { createCustomerHash, rememberHashes } from '../../platform/privacy/customer-hash.ts';
import { followCaptureConsents } from './capture-consents.ts';
import { createReceiveEmotions } from './receive-emotions.ts';
import { createRoutes } from './routes.ts';

export const variables = { ...EVENT_INGESTION_VARIABLES, CONSENT_MODE: VARIABLES.CONSENT_MODE };

export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const { lifecycle, log } = runtime;
  return openEventIngestion(
    {
      name: 'emotion-ingestion',
      topic: 'emotions',
      createRoutes(options, deps) {
        const { CONSENT_MODE: mode, ERASURE_KEY } = config;
        const hashOf = rememberHashes(createCustomerHash(ERASURE_KEY));
        const consents = followCaptureConsents({ bus: deps.bus, mode, hashOf, lifecycle, log });
        return {
          ...createRoutes(options, createReceiveEmotions({ ...deps, consents })),
          checks: { consents: consents.loaded },
        };
      },
    },
    config,
    runtime,
  );
}
