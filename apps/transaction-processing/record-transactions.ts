import type { Refusal } from '../../platform/consuming/handle-batch.ts';
import type { TransactionMessage } from '../../platform/messaging/events.ts';
import type { Database } from '../../platform/data/sql.ts';
import { storeEvents } from '../../platform/consuming/store-events.ts';
import { compareTransactions, insertTransactions } from './store.ts';

/**
 * Stores a batch of transactions with their daily sums, each exactly once. Refuses those of unknown users,
 * and those with the id of a stored one of other content.
 */
export function createRecordTransactions(deps: { database: Database }) {
  const { database } = deps;
  const statements = {
    insert: (transactions: TransactionMessage[]) => insertTransactions(database, transactions),
    compare: (transactions: TransactionMessage[]) => compareTransactions(database, transactions),
  };
  return (transactions: TransactionMessage[]): Promise<Refusal[]> => storeEvents(transactions, statements);
}
