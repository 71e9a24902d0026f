import type { Database } from '../data/sql.ts';
import type { Message } from '../messaging/message.ts';
import type { CustomerHash } from '../privacy/customer-hash.ts';
import type { EventRejection } from './event-rejection.ts';

export const CUSTOMER_ERASED = 'customer_erased';

/** The rejections of events of erased customers, which have neither account nor limit. */
const ABSENT = new Set(['unknown_user', 'offer_not_accepted']);

/** The ledger of erasures, and the hash under which it knows a customer. */
interface Ledger {
  database: Database;
  hashOf: CustomerHash;
}

type Handle<Event> = (events: Event[]) => Promise<EventRejection[]>;

/** A consumer's handler that drops events of erased customers, with the step that records their messages. */
export function droppingErased<Event extends { userId: string }>(
  ledger: Ledger,
  handle: Handle<Event>,
): { handle: Handle<Event>; onErased: (messages: Message[]) => Promise<void> } {
  return { handle: dropErased(ledger, handle), onErased: noteStrays(ledger.database) };
}

/**
 * Drops events of erased customers, which a dead letter would keep: looks an event up in the ledger when it
 * was rejected because its customer is missing. Other events cost nothing.
 */
export function dropErased<Event extends { userId: string }>(
  { database, hashOf }: Ledger,
  handle: Handle<Event>,
): Handle<Event> {
  return async (events) => {
    const rejections = await handle(events);
    const hashes = new Map<string, string>();
    for (const { index, code } of rejections) {
      const userId = events[index]?.userId;
      if (userId !== undefined && ABSENT.has(code)) hashes.set(userId, hashes.get(userId) ?? hashOf(userId));
    }
    if (hashes.size === 0) return rejections;
    const erased = await selectErased(database, [...hashes.values()]);
    return rejections.map((rejection) => {
      const isErased = erased.has(hashes.get(events[rejection.index]?.userId ?? '') ?? '');
      if (!isErased || !ABSENT.has(rejection.code)) return rejection;
      return { ...rejection, code: CUSTOMER_ERASED, isDropped: true };
    });
  };
}

/**
 * Records the streams and sequences of messages with events of erased customers, so that the service
 * `privacy` deletes them from their streams as well.
 */
export function noteStrays(database: Database): (messages: Message[]) => Promise<void> {
  return async (messages) => {
    await database.query(
      (sql) => sql`
        insert into stray_messages (stream, sequence)
        select distinct stream, sequence from unnest(
          ${messages.map(({ info }) => info.stream)}::text[],
          ${messages.map(({ info }) => info.streamSequence)}::bigint[]
        ) as stray (stream, sequence)
        on conflict do nothing`,
    );
  };
}

async function selectErased(database: Database, hashes: string[]): Promise<Set<string>> {
  const rows = await database.query(
    (sql) => sql<{ hash: string }[]>`
      select customer_hash as hash from erasures where customer_hash = any (${hashes}::text[])`,
  );
  return new Set(rows.map(({ hash }) => hash));
}
