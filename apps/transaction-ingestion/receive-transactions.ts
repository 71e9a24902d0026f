import { Transaction } from '../../sdk/contracts/transaction.ts';
import type { Bus } from '../../platform/bus.ts';
import type { TransactionMessage } from '../../platform/events.ts';
import type { Failpoint } from '../../platform/failpoint.ts';
import type { Call } from '../../platform/service.ts';
import { createBatchReceiver, type Ingestion, receiveEvent } from '../../platform/ingest.ts';
import { readEventTime } from '../../platform/timestamp.ts';

/** Transactions into their stream: an answer means that the broker has confirmed the transaction. */
export function createReceiveTransactions(deps: { bus: Bus; now: () => number; failpoint?: Failpoint }) {
  const ingestion: Ingestion<Transaction, TransactionMessage> = {
    bus: deps.bus,
    ...(deps.failpoint ? { failpoint: deps.failpoint } : {}),
    topic: 'transactions',
    toMessage(transaction, { eventId, traceId }) {
      if (!isWholeCents(transaction.amount))
        return { path: '/amount', message: 'must have at most 2 decimals' };
      const nowMs = deps.now();
      const at = readEventTime(transaction.occurredAt ?? new Date(nowMs).toISOString(), nowMs);
      if (typeof at === 'string') return { path: '/occurredAt', message: at };
      return {
        userId: transaction.userId.toLowerCase(),
        amount: transaction.amount,
        eventId,
        occurredAt: at.text,
        traceId,
      };
    },
  };
  return {
    one: async (call: Call<Transaction>) => {
      const { userId, eventId } = await receiveEvent(ingestion, call);
      return { status: 'event received' as const, userId, eventId };
    },
    batch: createBatchReceiver(ingestion, Transaction),
  };
}

export type ReceiveTransactions = ReturnType<typeof createReceiveTransactions>;

/** A binary fraction is the nearest to one with two decimals, or it is not. */
export function isWholeCents(amount: number): boolean {
  return Math.round(amount * 100) / 100 === amount;
}
