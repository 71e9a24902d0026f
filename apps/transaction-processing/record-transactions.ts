import { type Cache, cacheKeys } from '../../platform/cache.ts';
import type { Refusal } from '../../platform/handle-batch.ts';
import type { TransactionMessage } from '../../platform/events.ts';
import type { Database } from '../../platform/sql.ts';
import { storeEvents } from '../../platform/store-events.ts';
import { compareTransactions, insertTransactions } from './store.ts';

/**
 * Stores a batch of transactions with their daily sums, each exactly once, and lets its users be analysed
 * anew. Refuses those of unknown users, and those whose id is stored with other content.
 */
export function createRecordTransactions(deps: { database: Database; cache: Cache }) {
  const { database } = deps;
  const statements = {
    insert: (transactions: TransactionMessage[]) => insertTransactions(database, transactions),
    compare: (transactions: TransactionMessage[]) => compareTransactions(database, transactions),
  };
  return async (transactions: TransactionMessage[]): Promise<Refusal[]> => {
    const refusals = await storeEvents(transactions, statements);
    await deps.cache.remove([...new Set(transactions.map(({ userId }) => cacheKeys.analysis(userId)))]);
    return refusals;
  };
}
