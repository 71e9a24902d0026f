import { openServiceCache } from '../data/service-data.ts';
import type { Service } from '../http/operations.ts';
import { createKeys } from '../http/principal.ts';
import type { Runtime } from '../http/runtime.ts';
import type { HttpServiceOptions } from '../http/call.ts';
import type { HttpService } from '../http/service.ts';
import { type ConfigOf, VARIABLES } from '../kernel/config.ts';
import { openServiceBus } from '../messaging/service-bus.ts';
import { STREAM_VARIABLES } from '../messaging/stream-config.ts';
import { followPartners } from '../partners/follow-partners.ts';
import { createCustomerHash } from '../privacy/customer-hash.ts';
import { createRevokedCustomers } from '../privacy/revoked-customers.ts';
import type { Ingestion } from './ingest.ts';
import { createKeyMemory } from './key-memory.ts';

export const EVENT_INGESTION_VARIABLES = {
  ...STREAM_VARIABLES,
  SECRET_KEY: VARIABLES.SECRET_KEY,
  INTERNAL_SERVICE_API_KEY: VARIABLES.INTERNAL_SERVICE_API_KEY,
  ERASURE_KEY: VARIABLES.ERASURE_KEY,
  /** For the memory of keys; without it only the workers compare contents. */
  REDIS_URL: VARIABLES.REDIS_URL,
};

interface EventIngestion {
  name: 'emotion-ingestion' | 'transaction-ingestion';
  topic: 'emotions' | 'transactions';
  createRoutes(
    options: HttpServiceOptions,
    deps: Pick<Ingestion<never, never>, 'bus' | 'memory' | 'now' | 'failpoint'>,
  ): HttpService & Pick<Partial<Service>, 'checks'>;
}

const IN_FLIGHT_MAX = 10_000;

/** Opens a service that takes one topic of events: its connections, its endpoints and its checks. */
export function openEventIngestion(
  { name, topic, createRoutes }: EventIngestion,
  config: ConfigOf<typeof EVENT_INGESTION_VARIABLES>,
  runtime: Runtime,
): Service {
  const { log, metrics, lifecycle, failpoint, peers } = runtime;
  const { bus } = openServiceBus(name, config, runtime);
  const cache = openServiceCache(name, config, runtime);
  const memory = createKeyMemory({ cache, secretKey: config.SECRET_KEY, topic });
  const hashOf = createCustomerHash(config.ERASURE_KEY);
  const { isRevoked } = createRevokedCustomers({ bus, hashOf, lifecycle, log });
  const {
    handle,
    respond,
    checks = {},
  } = createRoutes(
    {
      name,
      keys: createKeys(config, isRevoked),
      log,
      metrics,
      inFlightMax: IN_FLIGHT_MAX,
      peers,
      partners: followPartners({ bus, lifecycle, log }),
    },
    { bus, memory, now: Date.now, failpoint },
  );
  return { name, handle, respond, checks: { nats: bus.ping, ...checks } };
}
