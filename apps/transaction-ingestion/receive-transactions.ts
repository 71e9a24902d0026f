import { Transaction } from '../../sdk/contracts/transaction.ts';
import type { Bus } from '../../platform/messaging/bus.ts';
import type { TransactionMessage } from '../../platform/messaging/events.ts';
import type { Failpoint } from '../../platform/kernel/failpoint.ts';
import type { KeyMemory } from '../../platform/ingestion/key-memory.ts';
import type { Call } from '../../platform/http/service.ts';
import { createBatchReceiver } from '../../platform/ingestion/ingest-batch.ts';
import { answerOf, type Ingestion, receiveEvent } from '../../platform/ingestion/ingest.ts';
import { readEventTime } from '../../platform/kernel/timestamp.ts';

/** Transactions into their stream: an answer means that the broker has confirmed the transaction. */
export function createReceiveTransactions(deps: {
  bus: Bus;
  memory: KeyMemory;
  now: () => number;
  failpoint?: Failpoint;
}) {
  const ingestion: Ingestion<Transaction, TransactionMessage> = {
    ...deps,
    topic: 'transactions',
    toMessage(transaction, { eventId, traceId, atMs }) {
      if (!isWholeCents(transaction.amount))
        return { path: '/amount', message: 'must have at most 2 decimals' };
      const { occurredAt, occurredAtAssigned } = transaction;
      const at = readEventTime(occurredAt ?? new Date(atMs).toISOString(), atMs);
      if (typeof at === 'string') return { path: '/occurredAt', message: at };
      return {
        userId: transaction.userId.toLowerCase(),
        amount: transaction.amount,
        eventId,
        occurredAt: at.text,
        ...(occurredAt === undefined || occurredAtAssigned ? { occurredAtAssigned: true } : {}),
        traceId,
      };
    },
    contentOf: ({ amount, occurredAt, occurredAtAssigned }) => [
      occurredAtAssigned ? null : occurredAt,
      amount,
    ],
  };
  return {
    one: async (call: Call<Transaction>) => {
      const { message, isReplay } = await receiveEvent(ingestion, call);
      const { userId, eventId } = message;
      return answerOf({ status: 'event received', userId, eventId }, isReplay);
    },
    batch: createBatchReceiver(ingestion, Transaction),
  };
}

export type ReceiveTransactions = ReturnType<typeof createReceiveTransactions>;

/** A binary fraction is the nearest to one with two decimals, or it is not. */
export function isWholeCents(amount: number): boolean {
  return Math.round(amount * 100) / 100 === amount;
}
