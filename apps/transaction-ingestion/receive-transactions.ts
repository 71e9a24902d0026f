import { Transaction } from '../../sdk/contracts/transaction.ts';
import { TRANSACTIONS } from '../../sdk/contracts/events/event-kind.ts';
import type { Bus } from '../../platform/messaging/bus.ts';
import type { TransactionMessage } from '../../platform/messaging/event-topics.ts';
import type { Failpoint } from '../../platform/kernel/failpoint.ts';
import type { KeyMemory } from '../../platform/ingestion/key-memory.ts';
import type { Call } from '../../platform/http/call.ts';
import { createBatchReceiver } from '../../platform/ingestion/ingest-batch.ts';
import { responseOf, type Ingestion, receiveEvent } from '../../platform/ingestion/ingest.ts';

/** Transactions into their stream: a response means that the broker has confirmed the transaction. */
export function createReceiveTransactions(deps: {
  bus: Bus;
  memory: KeyMemory;
  now: () => number;
  failpoint?: Failpoint;
}) {
  const ingestion: Ingestion<Transaction, TransactionMessage> = {
    ...deps,
    ...TRANSACTIONS,
    topic: 'transactions',
  };
  return {
    single: async (call: Call<Transaction>) => {
      const { message, isReplay } = await receiveEvent(ingestion, call);
      const { userId, eventId } = message;
      return responseOf({ status: 'event received', userId, eventId }, isReplay);
    },
    batch: createBatchReceiver(ingestion, Transaction),
  };
}

export type ReceiveTransactions = ReturnType<typeof createReceiveTransactions>;
