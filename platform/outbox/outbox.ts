import type { Bus } from '../messaging/bus.ts';
import { createBackoff } from '../kernel/backoff.ts';
import type { Failpoint } from '../kernel/failpoint.ts';
import { type Lifecycle, pause } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { createWaker } from '../kernel/waker.ts';
import type { Database } from '../data/sql.ts';
import type { CustomerHash } from '../privacy/customer-hash.ts';
import type { Topic } from '../messaging/topic.ts';
import { TOPICS, type TopicName } from '../messaging/topics.ts';
import { withPublishSpan } from '../messaging/publish-span.ts';
import type { SpanContext } from '../tracing/tracer.ts';
import { subjectFor } from '../messaging/topology.ts';
import { type CreationTimes, rememberCreationTimes } from './creation-times.ts';
import { monotonicMs } from '../kernel/monotonic-ms.ts';
import {
  claimRows,
  LEASE_SECONDS,
  markSent,
  type OutboxRow,
  releaseRows,
  ROWS_PER_CLAIM,
  selectBacklog,
} from './outbox-store.ts';

/**
 * Outbox: a message is written by the statement that makes it true, and a relay publishes it afterwards.
 *
 *   unsent --claim (lease 10 s)--> leased --PubAck--> sent (stream's creation time and sequence)
 *   leased --lease ends, or the publish fails--> unsent
 *
 * Several relays may run: `for update skip locked` and the lease keep them apart, and consumers
 * deduplicate repeated messages. Rows are appended by statements of the domain, see outbox-store.ts.
 */
const OUTBOX_CHANNEL = 'outbox';

/** Nothing is published later than so long after its claim: a state could go after a newer one of another. */
const LEASED_MS = (LEASE_SECONDS * 1000) / 2;
const POLL_MS = 250;
/** The wait while every row has come with a notification. */
const NOTIFIED_POLL_MS = 1000;

interface Relay {
  /** Rows that wait, and the age of the oldest in seconds. */
  backlog(): Promise<{ unsent: number; oldestSeconds: number }>;
}

export function startRelay(options: {
  database: Database;
  bus: Bus;
  topics: TopicName[];
  log: Logger;
  metrics: Metrics;
  lifecycle: Lifecycle;
  failpoint?: Failpoint;
  /** Stands for the customer in messages of keyed topics, see topic.ts. */
  hashOf?: CustomerHash;
  /** The wait between two polls when no notification comes. */
  pollMs?: number;
  /** A clock that nobody sets. */
  now?: () => number;
}): Relay {
  const { bus, database, lifecycle, log, pollMs = POLL_MS } = options;
  const createdOf = rememberCreationTimes(bus);
  const waker = createWaker(lifecycle.signal);
  let isNotified = false;
  /** Whether the newest row came without a notification, as behind a pooler: the next ones may as well. */
  let isDeaf = true;
  const notify = () => {
    isNotified = true;
    isDeaf = false;
    waker.wake();
  };

  const run = async (): Promise<void> => {
    const backoff = createBackoff({ stepMs: pollMs });
    while (!lifecycle.signal.aborted) {
      const isExpected = isNotified;
      isNotified = false;
      const waitForWork = waker.listen();
      try {
        const relayed = await relayOnce(options, createdOf);
        backoff.reset();
        // A row that came after the claim is not in it.
        if (relayed === ROWS_PER_CLAIM || isNotified) continue;
        if (relayed > 0 && !isExpected) isDeaf = true;
        await waitForWork(isDeaf ? pollMs : Math.max(pollMs, NOTIFIED_POLL_MS));
      } catch (error) {
        if (backoff.fail() === 5) log.warn(errorFields(error), 'cannot relay the outbox');
        // Not for the next row: each would repeat it, and the broker or the database needs the time.
        await pause(backoff.delayMs(), lifecycle.signal);
      }
    }
  };

  const running = run();
  lifecycle.onDrain('outbox relay', () => running);
  // Polling alone keeps the promise; the notification only makes it quick.
  void database.listen(OUTBOX_CHANNEL, notify).catch((error) => log.warn(errorFields(error), 'no LISTEN'));

  const backlog = () => selectBacklog(database, options.topics);
  options.metrics.beforeScrape(async () => {
    const { unsent, oldestSeconds } = await backlog();
    const topic = options.topics.join(',');
    options.metrics.outboxUnsent.set({ topic }, unsent);
    options.metrics.outboxOldest.set({ topic }, oldestSeconds);
  });
  return { backlog };
}

async function relayOnce(
  options: {
    database: Database;
    bus: Bus;
    topics: TopicName[];
    metrics: Metrics;
    failpoint?: Failpoint;
    hashOf?: CustomerHash;
    now?: () => number;
  },
  createdOf: CreationTimes,
): Promise<number> {
  const { database, bus, metrics, failpoint, hashOf, now = monotonicMs } = options;
  // Before a row is claimed.
  bus.requireConnection();
  const claimedMs = now();
  const rows = await claimRows(database, options.topics);
  if (rows.length === 0) return 0;
  failpoint?.('relay.claimed');
  const created = await creationTimes(createdOf, rows).catch(async (error) => {
    // Nothing is on its way yet: waiting for the lease to end would only hold the rows up.
    await release(database, rows);
    throw error;
  });
  if (now() - claimedMs > LEASED_MS) throw new Error('the lease has ended: another relay has the rows');
  // control: sent-after-published
  const results = await Promise.allSettled(
    rows.map(async (row) => {
      const { stream } = TOPICS[row.topic];
      const { subject, payload } = messageOf(row, hashOf);
      const spans = spansOf(row);
      const ack = await withPublishSpan({ subject, lines: 1, spans }, (carrier) =>
        bus.publish(subject, JSON.stringify(payload), {
          // Each emission has its own id: one that is emitted again on purpose, or by a database that was
          // restored and has forgotten the first, must not be dropped as a duplicate.
          id: Bun.randomUUIDv7(),
          ...carrier,
        }),
      );
      metrics.relayed.inc({ topic: row.topic });
      return { id: row.id, version: row.version, created: created.get(stream) ?? '', sequence: ack.seq };
    }),
  );
  failpoint?.('relay.published');
  await markSent(
    database,
    results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])),
  );
  failpoint?.('relay.marked');
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return rows.length;
  await release(
    database,
    rows.filter((_, index) => results[index]?.status === 'rejected'),
  );
  throw failed.reason;
}

const release = (database: Database, rows: OutboxRow[]) =>
  releaseRows(
    database,
    rows.map(({ id }) => id),
  );

/** The row knows the trace of its request, and no span of it. */
function spansOf({ payload }: OutboxRow): SpanContext[] {
  const { traceId } = payload as { traceId?: string | null };
  return traceId ? [{ traceId, spanId: '' }] : [];
}

function messageOf({ topic, payload }: OutboxRow, hashOf?: CustomerHash) {
  const { subject, keyedBy }: Topic = TOPICS[topic];
  if (!keyedBy) return { subject, payload };
  if (keyedBy === 'partnerId') {
    const { partnerId } = payload as { partnerId: string };
    return { subject: subjectFor({ subject, keyedBy }, partnerId), payload };
  }
  const { userId, textVersion, ...state } = payload as { userId: string; textVersion?: string };
  if (!hashOf) throw new Error(`the relay of ${topic} needs the hash of customers`);
  const customerHash = hashOf(userId);
  // A message that a newer one has replaced is in the broker's file until that is compacted: no erasure can
  // take it out, so that it has no word of a customer's request.
  const hashes = { customerHash, ...(textVersion === undefined ? {} : { textHash: hashOf(textVersion) }) };
  return { subject: subjectFor({ subject, keyedBy }, customerHash), payload: { ...hashes, ...state } };
}

async function creationTimes(createdOf: CreationTimes, rows: OutboxRow[]): Promise<Map<string, string>> {
  const streams = [...new Set(rows.map((row) => TOPICS[row.topic].stream))];
  return new Map(
    await Promise.all(streams.map(async (stream) => [stream, await createdOf(stream)] as const)),
  );
}
