import type { Bus } from '../messaging/bus.ts';
import { countDeadLetters } from '../dead-letters/dead-letter.ts';
import { createDeadLetterQueue } from '../dead-letters/dead-letter-queue.ts';
import { startDeadLetterWatch } from '../dead-letters/dead-letter-watch.ts';
import { checkDeadLetters, countDiscarded } from './check-dead-letters.ts';
import { type BatchOptions, handleBatch } from './handle-batch.ts';
import { createBackoff } from '../kernel/backoff.ts';
import { pause, untilAborted } from '../kernel/lifecycle.ts';
import { errorFields } from '../kernel/log.ts';
import { monotonicMs } from '../kernel/monotonic-ms.ts';
import type { Database } from '../data/sql.ts';
import { ensureConsumer } from '../messaging/durable-consumer.ts';
import { inspectConsumer, requireConsumer } from '../messaging/inspect.ts';
import { createPull } from '../messaging/pull.ts';
import { startStreamTrimmer } from '../messaging/stream-trim.ts';
import { type TopicName, TOPICS } from '../messaging/topics.ts';
import type { MessagingService } from '../messaging/topic.ts';
import {
  consumedBy,
  type ConsumedTopic,
  CONSUMER_LIMITS,
  partitionsOf,
  type StreamLayout,
} from '../messaging/topology.ts';

/**
 * The pull loops of a durable consumer, one per partition of its topic: fetch, handle (handle-batch.ts),
 * fetch.
 */
export interface ConsumerOptions<Event>
  extends Omit<BatchOptions<Event>, 'durable' | 'deadLetters' | 'observeStorage'> {
  topic: TopicName;
  /** The database of the events: no message is fetched before it has accepted writes once. */
  database: Pick<Database, 'ping' | 'prepared'>;
  /** Service that owns the durable consumer. */
  durable: MessagingService;
  streams: StreamLayout;
  /** The partitions that this process consumes; without it, all. */
  partitions?: number[] | null;
  /**
   * Whether a busy worker waits a moment, so that its next statement has more events; a single one never
   * waits.
   */
  linger?: boolean;
}

export interface Lag {
  /** Messages that were not delivered yet. */
  pending: number;
  /** Messages that were delivered and not acknowledged. */
  unacknowledged: number;
  /** Those of the unacknowledged that were delivered more than once. */
  redelivered: number;
  /** Dead letters of the streams, in lines. */
  deadLetters: number;
  /** Lines that the broker discarded to make room, since the worker started. */
  deadLettersDiscarded: number;
  /** Messages that wait because their dead letters cannot be published; `unacknowledged` counts them too. */
  deadLettersWaiting: number;
}

export interface Consumer {
  /** Throws until the durable consumer is there: a worker is ready when messages are kept for it. */
  check(): Promise<void>;
  /** Throws DegradedError while dead letters cannot be published, or were discarded a short while ago. */
  checkDeadLetters(): Promise<void>;
  /** The sum over all partitions that this process consumes. */
  lag(): Promise<Lag>;
}

/** A pull from a deleted consumer stays silent, so after this time its existence is checked. */
const SILENCE_MS = 5000;
const LEAVE_AFTER_FAILURES = 3;

export function startConsumer<Event>(options: ConsumerOptions<Event>): Consumer {
  const { bus, durable, lifecycle, log, metrics } = options;
  const sources = sourcesOf(options);
  const deadLetters = createDeadLetterQueue(options);
  const observeStorage = metrics.storageOf({ durable, topic: options.topic });
  const watches = sources.map(({ stream }) =>
    startDeadLetterWatch({
      bus,
      stream,
      queue: deadLetters,
      metrics,
      lifecycle,
      log,
    }),
  );
  for (const source of sources) {
    const running = follow({ ...options, deadLetters, observeStorage }, source);
    lifecycle.onDrain(`consumer of ${source.stream}`, () => running);
    if (!source.bystanders?.includes(durable)) startStreamTrimmer({ bus, topic: source, lifecycle, log });
  }
  const lags = () => Promise.all(sources.map((source) => lagOf(bus, source)));
  metrics.beforeScrape(async () => {
    metrics.deadLettersWaiting.set({ durable }, deadLetters.state().waiting);
    for (const { stream, lag } of await lags()) {
      metrics.pending.set({ durable, stream }, lag.pending);
      metrics.unacknowledged.set({ durable, stream }, lag.unacknowledged);
      metrics.deadLetters.set({ stream }, lag.deadLetters);
      metrics.deadLettersOldestSeconds.set(lag.deadLettersOldestSeconds);
    }
  });
  return {
    async check() {
      await Promise.all(sources.map((source) => requireConsumer(bus, source)));
    },
    checkDeadLetters: async () => checkDeadLetters(deadLetters, watches, monotonicMs()),
    async lag() {
      const lagsOfPartitions = (await lags()).map(({ lag }) => lag);
      const sum = (name: keyof BrokerLag) => lagsOfPartitions.reduce((total, lag) => total + lag[name], 0);
      return {
        pending: sum('pending'),
        unacknowledged: sum('unacknowledged'),
        redelivered: sum('redelivered'),
        deadLetters: sum('deadLetters'),
        deadLettersDiscarded: countDiscarded(watches),
        deadLettersWaiting: deadLetters.state().waiting,
      };
    },
  };
}

/** The figures of the lag that come from the broker. */
type BrokerLag = Omit<Lag, 'deadLettersDiscarded' | 'deadLettersWaiting'>;

/** In seconds: the age of the oldest dead letter, of all streams. */
type WithOldest = BrokerLag & { deadLettersOldestSeconds: number };

function sourcesOf(
  options: Pick<ConsumerOptions<never>, 'topic' | 'durable' | 'streams' | 'partitions'>,
): ConsumedTopic[] {
  const { topic, durable, streams, partitions } = options;
  return partitionsOf(TOPICS[topic], streams)
    .filter((_, partition) => !partitions || partitions.includes(partition))
    .map((source) => consumedBy(source, durable));
}

async function follow<Event>(
  options: ConsumerOptions<Event> & Pick<BatchOptions<Event>, 'deadLetters' | 'observeStorage'>,
  source: ConsumedTopic,
): Promise<void> {
  const { bus, lifecycle, log } = options;
  const { stream, durable } = source;
  const pull = createPull(bus, stream, durable, lifecycle.signal);
  const backoff = createBackoff();
  let isEnsured = false;
  let silentSinceMs = 0;
  let isStorable = false;
  bus.onReconnect(() => {
    isEnsured = false;
  });
  while (!lifecycle.signal.aborted) {
    try {
      if (!isEnsured) {
        // Set before the check, so that a reconnect during it clears the flag again.
        isEnsured = true;
        if (await ensureConsumer(bus, source, options.streams)) {
          log.warn({ stream, durable }, 'the broker lost messages: the consumer begins anew');
        }
        silentSinceMs = performance.now();
      }
      // Each fetch counts as a delivery: workers that restart while nothing can be stored would exhaust the
      // deliveries of a message, which is dead-lettered then.
      isStorable ||= await untilStorable(options);
      if (!isStorable) return;
      const messages = await pull();
      if (messages.length > 0) {
        silentSinceMs = performance.now();
        const events = await handleBatch(options, messages);
        const isBusy = messages.length > 1 && events < CONSUMER_LIMITS.eventsPerStatement;
        if (options.linger && isBusy) await pause(CONSUMER_LIMITS.lingerMs, lifecycle.signal);
      } else if (performance.now() - silentSinceMs >= SILENCE_MS) isEnsured = false;
      backoff.reset();
    } catch (error) {
      // The broker is down or was re-created; trying again heals both.
      isEnsured = false;
      const failures = backoff.fail();
      if (failures % LEAVE_AFTER_FAILURES === 0) bus.leaveServer();
      if (failures === 5) log.warn({ stream, durable, ...errorFields(error) }, 'cannot consume');
      await pause(backoff.delayMs(), lifecycle.signal);
    }
  }
}

/** Waits for the database; returns whether it has responded when the lifecycle ends. */
async function untilStorable({
  database,
  durable,
  lifecycle,
  log,
}: Pick<ConsumerOptions<never>, 'database' | 'durable' | 'lifecycle' | 'log'>): Promise<boolean> {
  await database.prepared;
  const backoff = createBackoff();
  for (;;) {
    try {
      await untilAborted(database.ping(), lifecycle.signal);
      return true;
    } catch (error) {
      if (lifecycle.signal.aborted) return false;
      if (backoff.fail() === 1) log.warn({ durable, ...errorFields(error) }, 'waiting for the database');
      await pause(backoff.delayMs(), lifecycle.signal);
    }
  }
}

async function lagOf(bus: Bus, source: ConsumedTopic): Promise<ConsumedTopic & { lag: WithOldest }> {
  const [consumer, deadLetters] = await Promise.all([
    inspectConsumer(bus, source.stream, source.durable),
    countDeadLetters(bus, source.stream),
  ]);
  return {
    ...source,
    lag: {
      pending: consumer.pending,
      unacknowledged: consumer.unacknowledged,
      redelivered: consumer.redelivered,
      deadLetters: deadLetters.lines,
      deadLettersOldestSeconds: deadLetters.oldestSeconds,
    },
  };
}
