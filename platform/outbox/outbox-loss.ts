import type { Bus } from '../messaging/bus.ts';
import { inspectStream } from '../messaging/inspect.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { startLoop } from '../kernel/loop.ts';
import type { Database } from '../data/sql.ts';
import { TOPICS, type TopicName } from '../messaging/topics.ts';
import { unsendLost } from './outbox-store.ts';

/** A loss comes with a reconnect, and is found at once; in a cluster it may come without one. */
const EVERY_MS = 5000;
const RETRY_MS = 1000;

/**
 * The broker acknowledges before it syncs its disk: after a power cut an acknowledged message, or the whole
 * stream, can be gone. PostgreSQL is the truth, so a message that the outbox has sent to a stream that was
 * made anew since, or beyond the last sequence of the stream, counts as unsent again. Consumers deduplicate.
 */
export function startLossDetector(options: {
  database: Database;
  bus: Bus;
  topics: TopicName[];
  log: Logger;
  lifecycle: Lifecycle;
  everyMs?: number;
}): void {
  const { bus, database, lifecycle, log, topics, everyMs = EVERY_MS } = options;
  const streams = new Map<TopicName, { created: string; lastSequence: number }>();

  const compare = async (topic: TopicName): Promise<void> => {
    const { created, lastSequence } = await inspectStream(bus, TOPICS[topic].stream);
    const before = streams.get(topic);
    const grewOnly = before?.created === created && before.lastSequence <= lastSequence;
    // Nothing can be lost from a stream that only grew; the first comparison after a start always asks the
    // database.
    // control: loss-detector
    if (!grewOnly) {
      const lostCount = await unsendLost(database, topic, created, lastSequence);
      if (lostCount > 0)
        log.warn({ topic, lost: lostCount }, 'the broker lost messages: they are sent again');
    }
    streams.set(topic, { created, lastSequence });
  };

  for (const topic of topics) {
    const compareNow = startLoop({
      name: `loss detector of ${topic}`,
      everyMs,
      retryMs: RETRY_MS,
      lifecycle,
      work: () => compare(topic),
      onFailure: (error) => log.debug(errorFields(error), 'cannot search for lost messages'),
    });
    bus.onReconnect(compareNow);
  }
}
