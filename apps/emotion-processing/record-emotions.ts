import type { EventRejection } from '../../platform/consuming/event-rejection.ts';
import type { EmotionMessage } from '../../platform/messaging/event-topics.ts';
import type { ConsentMode } from '../../platform/kernel/consent-mode.ts';
import type { Database } from '../../platform/data/sql.ts';
import { storeEvents } from '../../platform/consuming/store-events.ts';
import { compareEmotions, insertEmotions } from './store.ts';

/**
 * Stores a batch of emotion events with their daily sums, each exactly once. Rejects events of unknown
 * customers and of those without the consent to them, and events with the id of a stored event of other
 * content.
 */
export function createRecordEmotions(deps: { database: Database; mode?: ConsentMode }) {
  const { database, mode = 'recorded' } = deps;
  const statements = {
    insert: (events: EmotionMessage[]) => insertEmotions(database, events, mode),
    compare: (events: EmotionMessage[]) => compareEmotions(database, events, mode),
  };
  return (events: EmotionMessage[]): Promise<EventRejection[]> => storeEvents(events, statements);
}
