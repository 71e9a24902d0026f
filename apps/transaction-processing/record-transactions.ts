import type { EventRejection } from '../../platform/consuming/event-rejection.ts';
import type { TransactionMessage } from '../../platform/messaging/event-topics.ts';
import type { Database } from '../../platform/data/sql.ts';
import { storeEvents } from '../../platform/consuming/store-events.ts';
import { compareTransactions, insertTransactions } from './store.ts';

/**
 * Stores a batch of transactions with their daily sums, each exactly once. Rejects transactions of unknown
 * customers, and those with the id of a stored transaction of other content.
 */
export function createRecordTransactions(deps: { database: Database }) {
  const { database } = deps;
  const statements = {
    insert: (transactions: TransactionMessage[]) => insertTransactions(database, transactions),
    compare: (transactions: TransactionMessage[]) => compareTransactions(database, transactions),
  };
  return (transactions: TransactionMessage[]): Promise<EventRejection[]> =>
    storeEvents(transactions, statements);
}
