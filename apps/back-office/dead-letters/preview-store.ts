import type { Database } from '../../../platform/data/sql.ts';

/** Facts of the database on an event that would be sent again. */
export interface EventFacts {
  hasCustomer: boolean;
  /** Null where the customer has not said. */
  captureGranted: boolean | null;
  isIdStored: boolean;
}

/** Returns the facts of each event, in their order. Reads only. */
export async function selectEventFacts(
  database: Database,
  table: 'emotional_events' | 'transactions',
  events: { eventId: string; userId: string }[],
): Promise<EventFacts[]> {
  return database.query(
    (sql) => sql<EventFacts[]>`
      select
        exists (select from users where users.id = event.user_id offset 0) as "hasCustomer",
        (select granted from consents
          where consents.user_id = event.user_id and purpose = 'emotion_capture') as "captureGranted",
        exists (
          select from ${sql(table)} existing
          where existing.user_id = event.user_id and existing.id = event.id
          offset 0) as "isIdStored"
      from unnest(
        ${events.map(({ eventId }) => eventId)}::uuid[],
        ${events.map(({ userId }) => userId)}::uuid[]
      ) with ordinality as event (id, user_id, position)
      order by position`,
  );
}
