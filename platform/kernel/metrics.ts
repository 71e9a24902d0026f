import { Counter, type CounterConfiguration, Gauge, type GaugeConfiguration, Registry } from 'prom-client';
import { createHistogram } from './histogram.ts';
import { withDeadline } from './lifecycle.ts';
import { createRequestDurations } from './request-durations.ts';
import { countOpenFiles, openFilesMax } from './open-files.ts';

const SCRAPE_MS = 1000;

/** Upper bounds of the buckets of work in the background, in seconds. */
const BACKGROUND_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900];

/** The metrics that every process has. One object per process, made in its composition root. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  collectProcess(registry);
  const scrapes: { readGauges: () => Promise<void>; names: readonly string[] | undefined }[] = [];
  return {
    /**
     * Reads gauges that are not kept up to date here: `readGauges` sets them at every scrape, with names at
     * those alone that take one of these metrics.
     */
    beforeScrape(readGauges: () => Promise<void>, names?: readonly string[]): void {
      scrapes.push({ readGauges, names });
    },
    /** The Prometheus text, of these metrics or of all; a gauge not read in time keeps its last value. */
    async scrape(taken?: readonly string[]): Promise<string> {
      const isTaken = (name: string) => taken === undefined || taken.includes(name);
      const needed = scrapes.filter(({ names }) => names === undefined || names.some(isTaken));
      await Promise.allSettled(
        needed.map(({ readGauges }) => withDeadline(readGauges(), SCRAPE_MS, 'no response in time')),
      );
      return taken === undefined ? registry.metrics() : textOf(registry, taken);
    },
    contentType: registry.contentType,
    /** A metric of one service: made at its first use. */
    counter: (options: CounterConfiguration<string>) =>
      existing(registry, options.name, Counter) ?? new Counter({ ...options, registers }),
    gauge: (options: GaugeConfiguration<string>) =>
      existing(registry, options.name, Gauge) ?? new Gauge({ ...options, registers }),
    /** The timer of one service's endpoint. */
    requestsOf: createRequestDurations(registry),
    published: new Counter({
      name: 'ecs_events_published_total',
      help: 'Events whose PubAck came, by topic',
      labelNames: ['topic'],
      registers,
    }),
    consumed: new Counter({
      name: 'ecs_events_consumed_total',
      help: 'Events handled by a durable consumer, by outcome: stored, parked (dead-lettered) or dropped',
      labelNames: ['durable', 'outcome'],
      registers,
    }),
    dropped: new Counter({
      name: 'ecs_events_dropped_total',
      help: 'Events that may neither be stored nor become dead letters, by reason',
      labelNames: ['durable', 'reason'],
      registers,
    }),
    redelivered: new Counter({
      name: 'ecs_messages_redelivered_total',
      help: 'Messages that came more than once, by durable consumer',
      labelNames: ['durable'],
      registers,
    }),
    pending: new Gauge({
      name: 'ecs_consumer_pending_messages',
      help: 'Messages not yet delivered to a durable consumer, by the stream they wait in: its lag',
      labelNames: ['durable', 'stream'],
      registers,
    }),
    unacknowledged: new Gauge({
      name: 'ecs_consumer_unacknowledged_messages',
      help: 'Messages delivered to a durable consumer and not yet acknowledged, by their stream',
      labelNames: ['durable', 'stream'],
      registers,
    }),
    ...createFlowMetrics(registry),
    ...createChainMetrics(registers),
    ...createDeadLetterMetrics(registers),
    outboxUnsent: new Gauge({
      name: 'ecs_outbox_unsent_rows',
      help: 'Outbox rows not yet published, by topic',
      labelNames: ['topic'],
      registers,
    }),
    outboxOldest: new Gauge({
      name: 'ecs_outbox_oldest_seconds',
      help: 'Age of the oldest outbox row not yet published, by topic',
      labelNames: ['topic'],
      registers,
    }),
    relayed: new Counter({
      name: 'ecs_outbox_relayed_total',
      help: 'Outbox rows published, by topic',
      labelNames: ['topic'],
      registers,
    }),
    untrustedForwards: new Counter({
      name: 'ecs_untrusted_forwarded_total',
      help: 'Requests whose X-Forwarded-For is not believed, since their peer is not in TRUSTED_PROXIES',
      registers,
    }),
    redisCommands: new Counter({
      name: 'ecs_redis_commands_total',
      help: 'Commands to Redis by outcome: hit, miss (of reads), done (others), failed, refused or bypassed',
      labelNames: ['outcome'],
      registers,
    }),
  };
}

function createFlowMetrics(registry: Registry) {
  return {
    /** The time from an event's 202 to its commit, of one durable consumer and topic. */
    storageOf: createHistogram(registry, {
      name: 'ecs_event_storage_seconds',
      help: 'Time from the PubAck of an event, its 202, to its commit, by durable consumer and topic',
      bounds: BACKGROUND_BOUNDS,
    }),
    activationOf: createHistogram(registry, {
      name: 'ecs_offer_activation_seconds',
      help: 'Time from the acceptance of an offer to its active limit',
      bounds: BACKGROUND_BOUNDS,
    }),
    up: new Gauge({
      name: 'ecs_check_up',
      help: 'Checks of readiness: 1 up, 0.5 degraded, 0 down',
      labelNames: ['part', 'check'],
      registers: [registry],
    }),
  };
}

function createChainMetrics(registers: Registry[]) {
  return {
    decisionsUnlinked: new Gauge({
      name: 'ecs_decisions_unlinked',
      help: 'Recorded decisions without a link in the chain of hashes',
      registers,
    }),
    actsUnlinked: new Gauge({
      name: 'ecs_audit_acts_unlinked',
      help: 'Acts of the audit log without a link in the chain of hashes',
      registers,
    }),
    reviewsOpen: new Gauge({
      name: 'ecs_reviews_open',
      help: 'Reviews of denials that wait for an operator',
      registers,
    }),
    reviewsOldestSeconds: new Gauge({
      name: 'ecs_reviews_oldest_seconds',
      help: 'Age of the oldest review that waits for an operator',
      registers,
    }),
    anchorFailures: new Counter({
      name: 'ecs_audit_anchor_failures_total',
      help: 'Heads of the chains that could not be kept, by place: stream or file',
      labelNames: ['place'],
      registers,
    }),
  };
}

function createDeadLetterMetrics(registers: Registry[]) {
  return {
    deadLettered: new Counter({
      name: 'ecs_events_parked_total',
      help: 'Events that became dead letters, by durable consumer and code, e.g. conflict or unknown_user',
      labelNames: ['durable', 'code'],
      registers,
    }),
    deadLetters: new Gauge({
      name: 'ecs_dead_letters',
      help: 'Dead letters, one per line or message, by the stream they came from',
      labelNames: ['stream'],
      registers,
    }),
    deadLettersOldestSeconds: new Gauge({
      name: 'ecs_dead_letters_oldest_seconds',
      help: 'Age of the oldest message with dead letters, 0 without one',
      registers,
    }),
    deadLettersDiscarded: new Counter({
      name: 'ecs_dead_letters_discarded_total',
      help: 'Dead letters that were discarded, the oldest first, for want of room, by their original stream',
      labelNames: ['stream'],
      registers,
    }),
    deadLettersWaiting: new Gauge({
      name: 'ecs_dead_letters_waiting_messages',
      help: 'Messages that wait, not acknowledged, since their dead letters cannot be published',
      labelNames: ['durable'],
      registers,
    }),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

function existing<Kind extends Counter | Gauge>(
  registry: Registry,
  name: string,
  kind: new (...args: never[]) => Kind,
): Kind | undefined {
  const metric = registry.getSingleMetric(name);
  return metric instanceof kind ? metric : undefined;
}

async function textOf(registry: Registry, names: readonly string[]): Promise<string> {
  const metrics = names.filter((name) => registry.getSingleMetric(name) !== undefined);
  const texts = await Promise.all(metrics.map((name) => registry.getSingleMetricAsString(name)));
  return `${texts.join('\n\n')}\n`;
}

/** prom-client's own process collector reads interfaces that Bun lacks; these always work. */
function collectProcess(registry: Registry): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage().rss);
  gauge('process_heap_bytes', 'Heap in use', () => process.memoryUsage().heapUsed);
  gauge('process_cpu_seconds_total', 'User and system CPU time', () => {
    const usage = process.cpuUsage();
    return (usage.user + usage.system) / 1e6;
  });
  const filesMax = openFilesMax('soft');
  if (filesMax < Infinity) {
    gauge('process_open_fds', 'Open files, connections among them', () => countOpenFiles(filesMax));
    gauge('process_max_fds', 'Files that may be open', () => filesMax);
  }
  gauge('ecs_clock_seconds', 'The clock of the process, in seconds since 1970', () => Date.now() / 1000);
  gauge('process_start_time_seconds', 'Start time', () => Math.round(Date.now() / 1000 - process.uptime()));
}
