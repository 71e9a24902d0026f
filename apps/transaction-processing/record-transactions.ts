import { type Cache, cacheKeys } from '../../platform/cache.ts';
import type { Refusal } from '../../platform/handle-batch.ts';
import type { TransactionMessage } from '../../platform/events.ts';
import type { Database } from '../../platform/sql.ts';
import { insertTransactions } from './store.ts';

/**
 * Stores a batch of transactions with their daily sums, each exactly once, and lets its users be analysed
 * anew.
 */
export function createRecordTransactions(deps: { database: Database; cache: Cache }) {
  return async (transactions: TransactionMessage[]): Promise<Refusal[]> => {
    const unknownUsers = await insertTransactions(deps.database, transactions);
    await deps.cache.remove([...new Set(transactions.map(({ userId }) => cacheKeys.analysis(userId)))]);
    return transactions.flatMap(({ userId }, index) =>
      unknownUsers.has(userId) ? [{ index, code: 'unknown_user', message: 'there is no such user' }] : [],
    );
  };
}
