import { openDatabase } from '../../platform/data/sql.ts';
import type { Service } from '../../platform/http/operations.ts';
import { createKeys } from '../../platform/http/principal.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { type ConfigOf, VARIABLES } from '../../platform/kernel/config.ts';
import { createExportCustomer } from './export/export-customer.ts';
import { createRoutes } from './routes.ts';

const NAME = 'privacy';

export const variables = {
  DATABASE_URL: VARIABLES.DATABASE_URL,
  SQL_POOL_SIZE: VARIABLES.SQL_POOL_SIZE,
  SECRET_KEY: VARIABLES.SECRET_KEY,
};

/** Customers' rights on their data: what is stored of them. */
export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const { log, metrics, lifecycle, peers } = runtime;
  const database = openDatabase({
    url: config.DATABASE_URL,
    name: NAME,
    poolSize: config.SQL_POOL_SIZE,
    log,
  });
  lifecycle.onClose(`${NAME} database`, database.close);
  const keys = createKeys({ SECRET_KEY: config.SECRET_KEY });
  const service = createRoutes(
    { name: NAME, keys, log, metrics, inFlightMax: 100, peers },
    { exportCustomer: createExportCustomer({ database, log }) },
  );
  return {
    name: NAME,
    handle: service.handle,
    respond: service.respond,
    checks: { postgresql: database.ping },
  };
}
