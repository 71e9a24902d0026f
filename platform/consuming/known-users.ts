import type { Refusal } from './handle-batch.ts';
import type { Database } from '../data/sql.ts';
import { MESSAGES } from './store-events.ts';

/** From this share of unknown users on, the next batch is asked for its users first. */
const FLOOD_SHARE = 0.5;
const FLOOD_EVENTS_MIN = 100;

/**
 * During a flood of events of unknown users, asks for the users alone before anything else: a tenth of the
 * work of trying to store them. Without one, a batch costs no statement more.
 */
export function refuseUnknownUsers<Event extends { userId: string }>(
  database: Database,
  handle: (events: Event[]) => Promise<Refusal[]>,
): (events: Event[]) => Promise<Refusal[]> {
  let isFlooded = false;
  return async (events) => {
    const unknown = isFlooded ? await selectUnknown(database, events) : new Set<string>();
    const candidates = events.flatMap((event, index) =>
      unknown.has(event.userId) ? [] : [{ event, index }],
    );
    const refusals = candidates.length === 0 ? [] : await handle(candidates.map(({ event }) => event));
    const allRefusals = [
      ...events.flatMap(({ userId }, index) => (unknown.has(userId) ? [unknownUser(index)] : [])),
      ...refusals.map((refusal) => ({ ...refusal, index: candidates[refusal.index]?.index ?? -1 })),
    ];
    const count = allRefusals.filter(({ code }) => code === UNKNOWN_USER).length;
    isFlooded = count >= FLOOD_EVENTS_MIN && count >= FLOOD_SHARE * events.length;
    return allRefusals;
  };
}

const UNKNOWN_USER = 'unknown_user';

const unknownUser = (index: number): Refusal => ({
  index,
  code: UNKNOWN_USER,
  message: MESSAGES[UNKNOWN_USER],
});

async function selectUnknown(database: Database, events: { userId: string }[]): Promise<Set<string>> {
  const userIds = [...new Set(events.map(({ userId }) => userId))];
  const rows = await database.query(
    (sql) => sql<{ id: string }[]>`
      select id from unnest(${userIds}::uuid[]) as wanted (id)
      where not exists (select from users where users.id = wanted.id offset 0)`,
  );
  const unknown = new Set(rows.map(({ id }) => id));
  // As they came: the database writes an id in small letters.
  return new Set(userIds.filter((userId) => unknown.has(userId.toLowerCase())));
}
