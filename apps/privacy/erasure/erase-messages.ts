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
  const hashes = settled.flatMap(({ userId }) => consentKeysOf(userId).map(hashOf));
  const until = monotonicMs() + readingMs;
  const isEnough = () => monotonicMs() >= until;
  // First, since a replay brings a dead letter into its stream; and last, for those that came since.
  let count = await eraseDeadLetters(bus, isErased);
  for (const topic of Object.values<Topic>(TOPICS)) {
    if (topic.isSealed || topic.keyedBy === 'partnerId') continue;
    for (const partition of await partitionsThere(bus, topic)) {
      if (topic.keyedBy) count += await eraseStates(bus, topic, hashes);
      else {
        const search = { ...searchOf(database, settled, partition), isEnough, messagesPerPortion };
        if (!(await eraseFromStream(bus, partition, isErased, search))) return null;
      }
      failpoint('erase.stream');
    }
  }
  return count + (await eraseDeadLetters(bus, isErased));
}

/** The search of a stream for customers who share it: behind the place that all of them have reached. */
function searchOf(database: Database, settled: OpenErasure[], { stream }: Topic) {
  const places = settled.map(({ searched }) => searched[stream] ?? null);
  const searched = places.reduce((least, place) =>
    least === null || place === null || least.created !== place.created
      ? null
      : place.sequence < least.sequence
        ? place
        : least,
  );
  const hashes = settled.map(({ customerHash }) => customerHash);
  return {
    searched,
    reach: (place: SearchedPlace, messages: number) =>
      keepSearched(database, hashes, { stream, place, messages }),
  };
}
