import { type Cache, cacheKeys } from '../../platform/cache.ts';
import type { Refusal } from '../../platform/handle-batch.ts';
import type { EmotionMessage } from '../../platform/events.ts';
import type { Database } from '../../platform/sql.ts';
import { storeEvents } from '../../platform/store-events.ts';
import { compareEmotions, insertEmotions } from './store.ts';

/**
 * Stores a batch of emotion events with their daily sums, each exactly once, and lets its users be analysed
 * anew. Refuses events of unknown users, and those whose id is stored with other content.
 */
export function createRecordEmotions(deps: { database: Database; cache: Pick<Cache, 'remove'> }) {
  const { database } = deps;
  const statements = {
    insert: (events: EmotionMessage[]) => insertEmotions(database, events),
    compare: (events: EmotionMessage[]) => compareEmotions(database, events),
  };
  return async (events: EmotionMessage[]): Promise<Refusal[]> => {
    const refusals = await storeEvents(events, statements);
    await deps.cache.remove([...new Set(events.map((event) => cacheKeys.analysis(event.userId)))]);
    return refusals;
  };
}
