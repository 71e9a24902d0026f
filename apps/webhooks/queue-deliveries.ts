import type { EventRejection } from '../../platform/consuming/event-rejection.ts';
import type { Database } from '../../platform/data/sql.ts';
import { insertDeliveries } from './event-store.ts';

/** A message that names a customer with new events; null for one that could not be read. */
type CustomerNews = { userId: string } | null;

/**
 * Queues the deliveries of each customer that a message names, by the customer's rows. Rejects none: an event
 * that is queued already is not queued again.
 */
export function createQueueDeliveries(deps: { database: Database }) {
  return async (news: CustomerNews[]): Promise<EventRejection[]> => {
    const userIds = new Set(news.flatMap((message) => message?.userId ?? []));
    if (userIds.size > 0) await insertDeliveries(deps.database, [...userIds]);
    return [];
  };
}
