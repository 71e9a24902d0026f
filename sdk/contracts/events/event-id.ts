import { isUuid } from '../common.ts';
import type { EventKind } from './event-kind.ts';
import { isNoId } from './no-id.ts';

type Identified = { userId: string; eventId?: string };

/** Makes ids as the runtime can: the API by hashes, the API in memory by remembering each text. */
export interface EventIds {
  newId(): string;
  /** Returns the UUID that stands for a text, always the same one. */
  idOf(text: string): string;
}

/** The sender of events that come with the platform's own key. */
const PLATFORM = 'internal';

/**
 * Returns the ids for a sender, by its id or kind: the same key of two partners, or of a customer and the
 * platform, stands for two events. Else a customer who guesses a partner's key could keep its event out. Only
 * an id that a client makes, as `eventId` or as a key, is the same of all senders.
 */
export function idsOfSender(ids: EventIds, sender: string): EventIds {
  if (sender === PLATFORM) return ids;
  // No key has a space: no text of another sender is the same.
  return { ...ids, idOf: (text) => ids.idOf(`of ${sender}\n${text}`) };
}

/**
 * Returns the id under which an event is stored once: its own, else the request's idempotency key (as it is
 * when it is a UUID, else an id of key and user), else a new one.
 */
export function eventIdOf(event: Identified, idempotencyKey: string | null, ids: EventIds): string {
  if (event.eventId) return event.eventId.toLowerCase();
  if (idempotencyKey === null) return ids.newId();
  if (isUuid(idempotencyKey) && !isNoId(idempotencyKey)) return idempotencyKey.toLowerCase();
  return ids.idOf(`${event.userId.toLowerCase()}:${idempotencyKey}`);
}

/** The detail of the problem `idempotency_key_reused` for an event. */
export const KEY_REUSED_DETAIL = 'This Idempotency-Key or eventId came with another body before.';

/** A place that may be used for one content only: an event's id, or its key, of one user. */
export interface EventClaim {
  place: readonly string[];
  content: string;
}

/**
 * Returns the places that an event takes: its id, and the id that its key stands for, when that is another.
 */
export function claimsOf<Message extends { eventId: string; userId: string }>(
  kind: Pick<EventKind<never, Message>, 'contentOf'>,
  message: Message,
  idempotencyKey: string | null,
  ids: EventIds,
): EventClaim[] {
  const { userId, eventId } = message;
  const content = JSON.stringify([eventId, ...kind.contentOf(message)]);
  const idOfKey = idempotencyKey === null ? eventId : eventIdOf({ userId }, idempotencyKey, ids);
  return [...new Set([eventId, idOfKey])].map((id) => ({ place: [userId, id], content }));
}

/**
 * Names the lines of a batch with a key that have no ids of their own, by key and content: a line keeps its
 * id wherever it stands in a corrected batch, and of equal lines each has another.
 */
export function createLineNames<Message extends { eventId: string; userId: string }>(
  kind: Pick<EventKind<never, Message>, 'contentOf'>,
  idempotencyKey: string,
  ids: EventIds,
): (message: Message) => string {
  const counts = new Map<string, number>();
  return (message) => {
    const content = `${message.userId}\n${JSON.stringify(kind.contentOf(message))}`;
    const count = counts.get(content) ?? 0;
    counts.set(content, count + 1);
    return ids.idOf(`${idempotencyKey}\n${content}\n${count}`);
  };
}
