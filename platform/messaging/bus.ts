import { Events, type JetStreamClient, type JetStreamManager, type NatsConnection, type PubAck } from 'nats';
import { type BrokerLink, createBrokerLink } from './broker-link.ts';
import { connectBroker } from './broker-transport.ts';
import { connectionOptions, createLeaver } from './bus-connection.ts';
import { problem } from '../kernel/errors.ts';
import { type CustomerLine, createGroupCommits, type GroupMessage } from './group-commit.ts';
import { pause, withDeadline } from '../kernel/lifecycle.ts';
import type { Logger } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { StreamRefusedError } from './stream-room.ts';
import { createStreamRoutes, type Destination } from './stream-routes.ts';
import { createRegain, ensureStreams, requireStreams } from './streams.ts';
import type { TopicName } from './topics.ts';
import { withPublishSpan } from './publish-span.ts';
import { createPublisher, PUBLISH_MS, type PublishOptions } from './publish-until-kept.ts';
import type { StreamLayout } from './topology.ts';

/** NATS JetStream: one connection per service, everything published is awaited until its PubAck. */
export interface Bus {
  /** One event of a topic, in a message shared with those that arrive meanwhile. Throws AppError 503. */
  publishEvent(topic: TopicName, event: OutgoingEvent): Promise<void>;
  /** Many events of a topic, in messages shared like that; resolves when all of them are kept. */
  publishEvents(topic: TopicName, events: OutgoingEvent[]): Promise<void>;
  /** One message, with an id that the broker deduplicates by. Throws AppError 503. */
  publish(subject: string, payload: string | Uint8Array, options: PublishOptions): Promise<PubAck>;
  /** Throws AppError 503 while NATS is down. */
  requireConnection(): void;
  /** The raw client, for this room and tests alone; throws AppError 503 while NATS is down. */
  client(): BusClient;
  /**
   * Resolves when the first connection stands and the streams are there; throws AppError 503 when it does not
   * in time.
   */
  connected(deadlineMs: number): Promise<void>;
  /**
   * Goes to another server of the cluster, if there is one: a server that is cut off from the others still
   * responds to its clients' pings, but keeps nothing.
   */
  leaveServer(): void;
  /** Calls back after each reconnect: the broker may have less in its store, and forgets its readers. */
  onReconnect(callback: () => void): void;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * An event as JSON, and its user: users share messages fairly, and where the topic is partitioned, the
 * events of a user are in one partition.
 */
export type OutgoingEvent = CustomerLine;

interface BusOptions {
  url: string;
  name: string;
  /** Null for an operator's tool, which leaves the streams as they are. */
  streams: StreamLayout | null;
  /** Published here: where a keeper makes their streams, `ping` throws until they are there. */
  topics?: readonly TopicName[];
  log: Logger;
  metrics: Metrics;
}

interface BusClient {
  connection: NatsConnection;
  js: JetStreamClient;
  jsm: JetStreamManager;
}

const STARTING_MS = 1500;
const GROUP_LIMITS = {
  linesPerMessage: 1000,
  bytesPerMessage: 256 * 1024,
  linesPending: 20_000,
  linesPendingPerCustomer: 5000,
  waitMsMax: PUBLISH_MS,
};

export function openBus(options: BusOptions): Bus {
  const { metrics } = options;
  const stopping = new AbortController();
  const link = createBrokerLink();
  let client: BusClient | undefined;

  const requireClient = (): BusClient => {
    if (client && !client.connection.isClosed()) return client;
    throw problem('broker_unavailable', link.failure ? { cause: link.failure } : {});
  };

  let streamError: StreamRefusedError | undefined;
  const connecting = connectUntilThere({ ...options, link }, stopping.signal, (result) => {
    if (result instanceof StreamRefusedError) streamError = result;
    else client = result;
  });
  /** A process that has just started connects in a moment: calls in the meantime wait for it. */
  const firstConnection = withDeadline(connecting, STARTING_MS, 'NATS did not respond').catch(() => {});
  const clientSoon = async (): Promise<BusClient> => {
    if (!client) await firstConnection;
    return requireClient();
  };

  const leaveServer = createLeaver(options.url, () => client?.connection);
  const routes = createStreamRoutes(options.streams);
  const regain = createRegain(options.streams);
  const publish = createPublisher({ client: clientSoon, link, routes, regain, leaveServer });
  const publishLines = async (
    { topic, subject, subjects }: Destination,
    { text, lines, spans }: GroupMessage,
  ) => {
    await withPublishSpan({ subject, lines, spans }, (carrier) =>
      publish(subjects, text, { id: Bun.randomUUIDv7(), ...carrier }),
    );
    metrics.published.inc({ topic }, lines);
  };

  const groupOf = createGroupCommits(publishLines, GROUP_LIMITS);
  // Apart from single events, which are never behind the message of a batch.
  const batchGroupOf = createGroupCommits(publishLines, GROUP_LIMITS);

  return {
    // control: puback-awaited
    publishEvent: (topic, event) => groupOf(routes.destinationOf(topic, event.userId)).add([event]),
    async publishEvents(topic, events) {
      const byDestination = Map.groupBy(events, ({ userId }) => routes.destinationOf(topic, userId));
      await Promise.all([...byDestination].map(([to, eventsOf]) => batchGroupOf(to).add(eventsOf)));
    },
    publish: (subject, payload, message) => publish([subject], payload, message),
    leaveServer,
    onReconnect: link.onRegained,
    requireConnection: () => void requireClient(),
    client: requireClient,
    async connected(deadlineMs) {
      await withDeadline(connecting, deadlineMs, 'NATS did not respond').catch(requireClient);
      requireClient();
    },
    async ping() {
      if (!client && streamError) throw streamError;
      if (link.failure) throw problem('broker_unavailable', { cause: link.failure });
      const { connection, jsm } = requireClient();
      await withDeadline(connection.flush(), 1000, 'NATS did not respond');
      await requireStreams(jsm, options);
    },
    async close() {
      stopping.abort();
      await connecting;
      // Acknowledgements of consumed messages may still be in the buffer.
      await client?.connection.flush().catch(() => {});
      await client?.connection.close();
    },
  };
}

/** Tries until NATS is there and has the streams; from then on the client reconnects by itself. */
async function connectUntilThere(
  options: Pick<BusOptions, 'url' | 'name' | 'streams' | 'log'> & { link: BrokerLink },
  signal: AbortSignal,
  onResult: (result: BusClient | StreamRefusedError) => void,
): Promise<void> {
  let logged = '';
  const { link, log } = options;
  const onFailure = (error: Error) => {
    if (link.failure?.message !== error.message) log.warn({ error: String(error) }, 'waiting for NATS');
    link.failure = error;
  };
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    let connection: NatsConnection | undefined;
    try {
      connection = await connectBroker(connectionOptions(options.url, options.name), onFailure);
      link.failure = null;
      const js = connection.jetstream({ timeout: 2000 });
      const jsm = await connection.jetstreamManager({ timeout: 2000, checkAPI: false });
      await ensureStreams(jsm, options.streams);
      onResult({ connection, js, jsm });
      void watch(connection, options, () => ensureStreams(jsm, options.streams));
      return;
    } catch (error) {
      void connection?.close().catch(() => {});
      const isRefused = error instanceof StreamRefusedError;
      if (isRefused) onResult(error);
      if (!connection) link.failure = error as Error;
      // A rejected stream stays rejected, so it is logged once; an absence is logged again.
      const isNews = isRefused ? logged !== error.message : attempt % 20 === 1;
      if (isNews) log.warn({ error: String(error) }, 'waiting for NATS');
      if (isRefused) logged = error.message;
      await pause(Math.min(100 * attempt, 1000), signal);
    }
  }
}

/** After a reconnect the broker may be another, with an empty store. */
async function watch(
  connection: NatsConnection,
  { log, link }: { log: Logger; link: BrokerLink },
  onReconnect: () => Promise<void>,
): Promise<void> {
  for await (const { type } of connection.status()) {
    // To the client each refused attempt is a disconnect, and their end a reconnect for each.
    if (type !== (link.isLost() ? Events.Reconnect : Events.Disconnect)) continue;
    log.warn({ nats: type }, 'NATS');
    if (type === Events.Disconnect) {
      link.markLost();
      continue;
    }
    link.markRegained();
    void onReconnect().catch((error) => log.warn({ error: String(error) }, 'streams not ensured'));
  }
}
