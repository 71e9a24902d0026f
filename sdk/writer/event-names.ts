import { EcsArgumentError } from '../core/errors.ts';
import { toJson } from '../core/json.ts';
import { isPlainObject } from '../core/plain-object.ts';
import { toUuid } from '../core/uuid.ts';

/**
 * Gives each event that has no id one by the idempotency key and its content: the same call makes the same
 * ids in every process, an event keeps its id in a corrected batch, and of equal events each has another.
 */
export function nameEvents<Event extends { eventId?: string | undefined }>(
  events: Event[],
  idempotencyKey: string,
): Promise<Event[]> {
  const counts = new Map<string, number>();
  return Promise.all(
    events.map(async (event) => {
      if (event.eventId !== undefined) return event;
      const content = toSortedJson(event);
      const count = counts.get(content) ?? 0;
      counts.set(content, count + 1);
      return { ...event, eventId: await hashToUuid(`${idempotencyKey}\n${content}\n${count}`) };
    }),
  );
}

/** JSON with the names of each object in order; equal for equal values. Throws as `toJson` does. */
function toSortedJson(value: object): string {
  // Of plain JSON, since copies in another order would hide a circle.
  return JSON.stringify(JSON.parse(toJson(value)), (_, inner: unknown) =>
    isPlainObject(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** A UUID (version 8) of a text. */
async function hashToUuid(text: string): Promise<string> {
  // A browser has it on secure pages only.
  if (!globalThis.crypto?.subtle) {
    throw new EcsArgumentError(
      'an idempotencyKey for a batch needs Web Crypto, which is not here',
      'unsupported',
    );
  }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return toUuid(new Uint8Array(digest), 8);
}
