import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import { EVENT_INGESTION_VARIABLES, openEventIngestion } from '../../platform/ingestion/event-ingestion.ts';
import type { ConfigOf } from '../../platform/kernel/config.ts';
import { createReceiveTransactions } from './receive-transactions.ts';
import { createRoutes } from './routes.ts';

export const variables = EVENT_INGESTION_VARIABLES;

export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  return openEventIngestion(
    {
      name: 'transaction-ingestion',
      topic: 'transactions',
      createRoutes: (options, deps) => createRoutes(options, createReceiveTransactions(deps)),
    },
    config,
    runtime,
  );
}
