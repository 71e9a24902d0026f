import type { EventRejection } from './event-rejection.ts';

/**
 * Stores each event of a batch exactly once, and returns those that cannot be stored. An id that is stored
 * with other content is a `conflict`; the same content again is nothing new. The insert decides between two
 * contents of one id, in one batch or of two workers; the comparison reads committed rows, so it returns the
 * same after a redelivery.
 */
export async function storeEvents<Event>(
  events: Event[],
  statements: {
    /** Stores the new events in one statement, and returns their number. */
    insert(events: Event[]): Promise<number>;
    /** Returns the events that are not stored as sent. Called only when not all were new. */
    compare(events: Event[]): Promise<Difference[]>;
  },
): Promise<EventRejection[]> {
  const rejections: EventRejection[] = [];
  let pending = events.map((event, index) => ({ event, index }));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const batch = pending.map(({ event }) => event);
    if ((await statements.insert(batch)) === batch.length) return rejections;
    const differences = await statements.compare(batch);
    const missing: typeof pending = [];
    for (const { index, code } of differences) {
      const item = pending[index];
      if (!item) continue;
      if (code === 'missing') missing.push(item);
      else rejections.push(rejectionOf(item.index, code));
    }
    if (missing.length === 0) return rejections;
    pending = missing;
  }
  throw new Error(`${pending.length} events are neither stored nor rejected`);
}

/** Events without consent are not kept as dead letters either. */
function rejectionOf(index: number, code: keyof typeof MESSAGES): EventRejection {
  const isDropped = code === 'consent_withdrawn' || code === 'consent_missing';
  return { index, code, message: MESSAGES[code], ...(isDropped ? { isDropped } : {}) };
}

/**
 * `missing` is neither stored nor rejected: its user was registered, or its partition dropped, between the
 * two statements.
 */
export interface Difference {
  index: number;
  code: keyof typeof MESSAGES | 'missing';
}

const ATTEMPTS = 3;

export const MESSAGES = {
  unknown_user: 'there is no such user',
  conflict: 'its id is stored with other content',
  consent_withdrawn: 'the customer has withdrawn the consent to it',
  consent_missing: 'the customer has not given the consent to it',
};
