import { type Cache, cacheKeys } from '../../platform/cache.ts';
import type { Refusal } from '../../platform/handle-batch.ts';
import type { EmotionMessage } from '../../platform/events.ts';
import type { Database } from '../../platform/sql.ts';
import { insertEmotions } from './store.ts';

/**
 * Stores a batch of emotion events with their daily sums, each exactly once, and lets its users be analysed
 * anew.
 */
export function createRecordEmotions(deps: { database: Database; cache: Pick<Cache, 'remove'> }) {
  return async (events: EmotionMessage[]): Promise<Refusal[]> => {
    const unknownUsers = await insertEmotions(deps.database, events);
    await deps.cache.remove([...new Set(events.map((event) => cacheKeys.analysis(event.userId)))]);
    return events.flatMap((event, index) =>
      unknownUsers.has(event.userId)
        ? [{ index, code: 'unknown_user', message: 'there is no such user' }]
        : [],
    );
  };
}
