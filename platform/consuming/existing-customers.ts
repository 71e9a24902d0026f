import type { EventRejection } from './event-rejection.ts';
import type { Database } from '../data/sql.ts';
import { MESSAGES } from './store-events.ts';

/** From this share of unknown customers on, the customers of the next batch are looked up first. */
const FLOOD_SHARE = 0.5;
const FLOOD_EVENTS_MIN = 100;

/**
 * During a flood of events of unknown customers, looks the customers up before anything else: a tenth of the
 * work of trying to store their events. Outside of a flood a batch costs no further statement.
 */
export function rejectUnknownCustomers<Event extends { userId: string }>(
  database: Database,
  handle: (events: Event[]) => Promise<EventRejection[]>,
): (events: Event[]) => Promise<EventRejection[]> {
  let isFlooded = false;
  return async (events) => {
    const unknown = isFlooded ? await selectUnknown(database, events) : new Set<string>();
    const candidates = events.flatMap((event, index) =>
      unknown.has(event.userId) ? [] : [{ event, index }],
    );
    const rejections = candidates.length === 0 ? [] : await handle(candidates.map(({ event }) => event));
    const allRejections = [
      ...events.flatMap(({ userId }, index) => (unknown.has(userId) ? [unknownUser(index)] : [])),
      ...rejections.map((rejection) => ({ ...rejection, index: candidates[rejection.index]?.index ?? -1 })),
    ];
    const count = allRejections.filter(({ code }) => code === UNKNOWN_USER).length;
    isFlooded = count >= FLOOD_EVENTS_MIN && count >= FLOOD_SHARE * events.length;
    return allRejections;
  };
}

const UNKNOWN_USER = 'unknown_user';

const unknownUser = (index: number): EventRejection => ({
  index,
  code: UNKNOWN_USER,
  message: MESSAGES[UNKNOWN_USER],
});

async function selectUnknown(database: Database, events: { userId: string }[]): Promise<Set<string>> {
  const userIds = [...new Set(events.map(({ userId }) => userId))];
  const rows = await database.query(
    (sql) => sql<{ id: string }[]>`
      select id from unnest(${userIds}::uuid[]) as candidate (id)
      where not exists (select from users where users.id = candidate.id offset 0)`,
  );
  const unknown = new Set(rows.map(({ id }) => id));
  // Compared in lower case, as the database returns ids.
  return new Set(userIds.filter((userId) => unknown.has(userId.toLowerCase())));
}
