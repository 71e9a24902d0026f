import { openServiceCache, openServiceDatabase } from '../../platform/data/service-data.ts';
import type { Service } from '../../platform/http/operations.ts';
import { createKeys } from '../../platform/http/principal.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { type ConfigOf, integer, VARIABLES } from '../../platform/kernel/config.ts';
import { openServiceBus } from '../../platform/messaging/service-bus.ts';
import { STREAM_VARIABLES } from '../../platform/messaging/stream-config.ts';
import { createCustomerHash } from '../../platform/privacy/customer-hash.ts';
import { createRevokedCustomers } from '../../platform/privacy/revoked-customers.ts';
import { startConsentKeeper } from './consents/reapply-consents.ts';
import { startErasures } from './erasure/erase-customers.ts';
import { createExportCustomer } from './export/export-customer.ts';
import { startMerging } from './merge-cells.ts';
import { RETENTION_VARIABLES, startRetention } from './retention/keep-retention.ts';
import { createRoutes } from './routes.ts';

const NAME = 'privacy';

export const variables = {
  DATABASE_URL: VARIABLES.DATABASE_URL,
  DATABASE_SESSION_URL: VARIABLES.DATABASE_SESSION_URL,
  SQL_POOL_SIZE: VARIABLES.SQL_POOL_SIZE,
  ...STREAM_VARIABLES,
  REDIS_URL: VARIABLES.REDIS_URL,
  SECRET_KEY: VARIABLES.SECRET_KEY,
  ERASURE_KEY: VARIABLES.ERASURE_KEY,
  ...RETENTION_VARIABLES,
  /** From the end of an account to the search of the streams: all that is on its way has arrived by then. */
  ERASURE_SETTLE_SECONDS: integer(15, 0, 3600),
};

/** Customers' rights on their data: its export and its erasure. */
export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const { log, metrics, lifecycle, failpoint, peers } = runtime;
  const database = openServiceDatabase(NAME, config, runtime, { pagesByIndex: true });
  const cache = openServiceCache(NAME, config, runtime);
  const { bus } = openServiceBus(NAME, config, runtime);
  const hashOf = createCustomerHash(config.ERASURE_KEY);
  const erasures = startErasures({
    database,
    bus,
    cache,
    hashOf,
    settleSeconds: config.ERASURE_SETTLE_SECONDS,
    log,
    metrics,
    lifecycle,
    failpoint,
  });
  startConsentKeeper({ database, bus, hashOf, lifecycle, log });
  const retention = startRetention({ database, config, lifecycle, log });
  startMerging({ database, lifecycle, log });
  const { isRevoked } = createRevokedCustomers({ bus, hashOf, lifecycle, log });
  const keys = createKeys({ SECRET_KEY: config.SECRET_KEY }, isRevoked);
  const service = createRoutes(
    { name: NAME, keys, log, metrics, inFlightMax: 100, peers },
    { exportCustomer: createExportCustomer({ database, log }) },
  );
  return {
    name: NAME,
    handle: service.handle,
    respond: service.respond,
    checks: { nats: bus.ping, postgresql: database.ping },
    status: async () => ({ erasures: await erasures.backlog(), retention: retention.report() }),
  };
}
