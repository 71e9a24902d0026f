import type { Database } from '../../../platform/data/sql.ts';
import { eraseDeadLetters } from '../../../platform/dead-letters/dead-letter-erase.ts';
import type { Failpoint } from '../../../platform/kernel/failpoint.ts';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import { eraseFromStream, eraseStates, type SearchedPlace } from '../../../platform/messaging/erase-lines.ts';
import { partitionsThere } from '../../../platform/messaging/inspect.ts';
import type { Topic } from '../../../platform/messaging/topic.ts';
import { TOPICS } from '../../../platform/messaging/topics.ts';
import { consentKeysOf } from '../../../platform/privacy/consent-key.ts';
import type { CustomerHash } from '../../../platform/privacy/customer-hash.ts';
import { keepSearched, type OpenErasure } from '../../../platform/privacy/ledger-store.ts';

/** Of one reading: all streams may take hours, and requests that come meanwhile are not to wait for them. */
const READING_MS = 15_000;

/**
 * Takes customers out of every stream. Returns the number of messages that had lines of them and are not
 * counted yet; null when the time was over before the end: the next call goes on where this one was.
 */
export async function eraseMessages(
  deps: {
    bus: Bus;
    database: Database;
    hashOf: CustomerHash;
    failpoint: Failpoint;
    readingMs?: number;
    messagesPerPortion?: number;
  },
  settled: OpenErasure[],
): Promise<number | null> {
  const { bus, database, hashOf, failpoint, readingMs = READING_MS, messagesPerPortion } = deps;
  const ids = new Set(settled.map(({ userId }) => userId));
  const isErased = (id: string) => ids.has(id);
  const customerHashes = settled.map(({ customerHash }) => customerHash);
  const hashes = settled.flatMap(({ userId }) => consentKeysOf(userId).map(hashOf));
  // First, since a replay brings a dead letter into its stream; and last, for those that came since.
  let count = await eraseDeadLetters(bus, isErased);
  const until = monotonicMs() + readingMs;
  const isEnough = () => monotonicMs() >= until;
  /** Keeps all that is not counted yet with the place. */
  const keep = async (stream: string, place: SearchedPlace, messages: number) => {
    await keepSearched(database, customerHashes, { stream, place, messages: count + messages });
    count = 0;
  };
  for (const topic of Object.values<Topic>(TOPICS)) {
    if (topic.isSealed || topic.keyedBy === 'partnerId') continue;
    for (const partition of await partitionsThere(bus, topic)) {
      if (topic.keyedBy) count += await eraseStates(bus, topic, hashes);
      else {
        const isWhole = await eraseFromStream(bus, partition, isErased, {
          searched: placeOfAll(settled, partition.stream),
          reach: (place, messages) => keep(partition.stream, place, messages),
          isEnough,
          messagesPerPortion,
        });
        if (!isWhole) return null;
      }
      failpoint('erase.stream');
    }
  }
  return count + (await eraseDeadLetters(bus, isErased));
}

/** The place up to which a stream was searched for all of them, with the latest end; null without one. */
function placeOfAll(settled: OpenErasure[], stream: string): SearchedPlace | null {
  const places = settled.map(({ searched }) => searched[stream] ?? null);
  return places.reduce((least, place) => {
    if (least === null || place?.created !== least.created) return null;
    return {
      created: place.created,
      sequence: Math.min(place.sequence, least.sequence),
      until: Math.max(place.until, least.until),
    };
  });
}
