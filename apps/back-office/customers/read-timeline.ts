import type { CustomerTimeline } from '../../../sdk/contracts/operator-customers.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { withDeadline } from '../../../platform/kernel/lifecycle.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import { type Facts, findCustomerFacts } from '../../../platform/trace/facts.ts';
import { findLetterFacts } from '../../../platform/trace/find-messages.ts';
import { readTypedId } from '../../../platform/trace/identity.ts';
import { selectUsers } from '../../../platform/trace/store.ts';
import type { StreamFacts } from '../../../platform/trace/stream-facts.ts';
import { toTimeline } from '../../../platform/trace/timeline.ts';

const STREAMS_MS = 1500;

/**
 * The timeline of a customer, as `ecs trace` has it but for the messages, which operators do not read; null
 * for one that does not exist.
 */
export async function readTimeline(
  { database, bus }: { database: Database; bus: Bus },
  { userId, limit }: { userId: string; limit: number },
): Promise<CustomerTimeline | null> {
  const facts = await database.query(async (sql) => {
    const [user] = await selectUsers(sql, { id: userId });
    return user ? findCustomerFacts(sql, user, { limit, payload: false }) : null;
  });
  if (!facts) return null;
  const streams = await readStreams(bus, userId, facts);
  const entries = toTimeline(facts, streams, [], false);
  return {
    items: entries.toReversed().map(({ at, where, what, details }) => {
      // The features of a decision have means of emotions: the decision's own page shows them.
      const { features: _, ...ids } = details;
      return { at, place: where, text: what, details: ids };
    }),
    notes: [
      ...facts.notes.map((note) => note.replace('--limit N shows more', 'ask for more')),
      ...streams.notes,
    ],
  };
}

/** Without the broker the rows are shown all the same. */
async function readStreams(bus: Bus, userId: string, facts: Facts): Promise<StreamFacts> {
  try {
    const reading = findLetterFacts(bus, readTypedId(userId), facts);
    return await withDeadline(reading, STREAMS_MS, 'the broker did not respond in time');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return {
      messages: [],
      deadLetters: [],
      drops: [],
      notes: [`dead letters are left out: ${why}`],
    };
  }
}
