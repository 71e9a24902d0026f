import type { EventRejection } from '../../platform/consuming/event-rejection.ts';
import type { EmotionMessage } from '../../platform/messaging/topics.ts';
import type { Database } from '../../platform/data/sql.ts';
import { storeEvents } from '../../platform/consuming/store-events.ts';
import { compareEmotions, insertEmotions } from './store.ts';

/**
 * Stores a batch of emotion events with their daily sums, each exactly once. Rejects events of unknown
 * customers, and events with the id of a stored event of other content.
 */
export function createRecordEmotions(deps: { database: Database }) {
  const { database } = deps;
  const statements = {
    insert: (events: EmotionMessage[]) => insertEmotions(database, events),
    compare: (events: EmotionMessage[]) => compareEmotions(database, events),
  };
  return (events: EmotionMessage[]): Promise<EventRejection[]> => storeEvents(events, statements);
}
