import { createEventDecoder } from '../../platform/consuming/event-decoder.ts';
import { EVENT_WORKER_VARIABLES, openEventWorker } from '../../platform/consuming/event-worker.ts';
import type { Service } from '../../platform/http/operations.ts';
import type { Runtime } from '../../platform/http/runtime.ts';
import type { ConfigOf } from '../../platform/kernel/config.ts';
import { TransactionMessage } from '../../platform/messaging/event-topics.ts';
import { createRecordTransactions } from './record-transactions.ts';

export const variables = EVENT_WORKER_VARIABLES;

export function open(config: ConfigOf<typeof variables>, runtime: Runtime): Service {
  const worker = {
    name: 'transaction-processing' as const,
    topic: 'transactions' as const,
    decode: createEventDecoder(TransactionMessage, 'occurredAt'),
    createHandle: createRecordTransactions,
  };
  return openEventWorker(worker, config, runtime);
}
