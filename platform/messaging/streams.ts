import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerInfo,
  DiscardPolicy,
  type JetStreamManager,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';
import { DAY_MS } from '../../sdk/contracts/time.ts';
import { pause } from '../kernel/lifecycle.ts';
import { withinRoom } from './stream-room.ts';
import {
  CONSUMER_LIMITS,
  DEAD_LETTERS,
  partitionNumber,
  partitionOf,
  partitionsOf,
  reservedBytes,
  STREAM_LIMITS,
  type StreamLayout,
  TOPICS,
  type Topic,
  type TopicName,
} from './topology.ts';

const MINUTE_MS = 60 * 1000;
const LEADER_MS = 1000;
const MISSING_MS = 50;

/**
 * Makes every stream of the topology that is missing and brings the others to the table's limits; does
 * nothing where a keeper does that, and for a visitor, which has no layout.
 */
export async function ensureStreams(jsm: JetStreamManager, layout: StreamLayout | null): Promise<void> {
  if (layout === null || layout.rights === 'use') return;
  const topics = Object.values<Topic>(TOPICS).flatMap((topic) => partitionsOf(topic, layout));
  const streams = [
    ...topics.map(({ stream, subject, bytesMax }) => ({
      stream,
      subject,
      bytesMax,
      discard: DiscardPolicy.New,
      messageBytesMax: STREAM_LIMITS.messageBytesMax + 8 * 1024,
    })),
    {
      ...DEAD_LETTERS,
      subject: DEAD_LETTERS.subjects,
      discard: DiscardPolicy.Old,
    },
  ];
  for (const { stream, subject, bytesMax, discard, messageBytesMax } of streams) {
    await ensureStream(jsm, {
      name: stream,
      subjects: [subject],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard,
      max_age: nanos(STREAM_LIMITS.ageMaxDays * DAY_MS),
      max_bytes: reservedBytes(bytesMax, layout),
      max_msg_size: messageBytesMax,
      duplicate_window: nanos(STREAM_LIMITS.duplicateWindowMinutes * MINUTE_MS),
      num_replicas: layout.replicas,
    });
  }
}

async function ensureStream(
  jsm: JetStreamManager,
  wanted: Partial<StreamConfig> & { name: string },
): Promise<void> {
  const { config } = (await infoOrNull(() => jsm.streams.info(wanted.name))) ?? {};
  if (!config) {
    // Two services that start together both add it: the same configuration twice is no error.
    await withinRoom(jsm, wanted, () => jsm.streams.add(wanted));
  } else if (differs(wanted, config)) {
    await withinRoom(jsm, wanted, () => jsm.streams.update(wanted.name, wanted));
  }
}

/**
 * Makes the missing streams; or, where a keeper does that, waits a moment for it, or for servers that choose
 * a leader, and returns true.
 */
export async function regainStreams(jsm: JetStreamManager, layout: StreamLayout | null): Promise<boolean> {
  const isKept = layout?.rights === 'use';
  if (isKept) await pause(MISSING_MS);
  else await ensureStreams(jsm, layout).catch(() => {});
  return isKept;
}

/** Where a keeper makes the streams, throws a sentence that names the one which is not there yet. */
export async function requireStreams(
  jsm: JetStreamManager,
  { streams, topics = [] }: { streams: StreamLayout | null; topics?: readonly TopicName[] },
): Promise<void> {
  if (streams?.rights !== 'use') return;
  for (const { stream } of topics.flatMap((name) => partitionsOf(TOPICS[name], streams))) {
    const info = await infoOrNull(() => jsm.streams.info(stream));
    if (info === null) throw new Error(`the stream ${stream} is missing`);
  }
}

/** Throws a sentence that names the durable consumer which is not there yet. */
export async function requireConsumer(jsm: JetStreamManager, { stream, durable }: Topic): Promise<void> {
  const info = await infoOrNull(() => jsm.consumers.info(stream, durable ?? ''));
  if (info === null) throw new Error(`the consumer ${durable} of the stream ${stream} is missing`);
}

/** The topic's durable consumer, as it must be. */
export function durableConfig(topic: Topic): Partial<ConsumerConfig> & { durable_name: string } {
  if (topic.durable === null) throw new Error(`${topic.stream} has no durable consumer`);
  return {
    durable_name: topic.durable,
    filter_subject: topic.subject,
    ack_policy: AckPolicy.Explicit,
    ack_wait: nanos(CONSUMER_LIMITS.ackWaitMs),
    max_deliver: -1,
    max_ack_pending: CONSUMER_LIMITS.ackPendingMax,
  };
}

/**
 * Makes the topic's durable consumer when it is missing, and anew when it remembers messages that its stream
 * does not have: a broker that lost them with the power numbers the next ones from where it is, and they
 * would be withheld as delivered long ago. Returns whether it was made anew. Where a keeper makes it, throws
 * until it is there.
 */
export async function ensureConsumer(
  jsm: JetStreamManager,
  topic: Topic,
  layout: StreamLayout,
): Promise<boolean> {
  if (layout.rights === 'use') {
    await requireConsumer(jsm, topic);
    return false;
  }
  const { stream } = topic;
  const config = durableConfig(topic);
  const existing = await infoOrNull(() => jsm.consumers.info(stream, config.durable_name));
  if (existing && differs(config, existing.config)) {
    await jsm.consumers.update(stream, config.durable_name, config);
  }
  if (existing && !(await isAhead(jsm, existing))) return false;
  if (existing) await jsm.consumers.delete(stream, config.durable_name);
  await ensureStreams(jsm, layout);
  await jsm.consumers.add(stream, config);
  return existing !== null;
}

/** Whether a consumer has delivered more than its stream holds. */
async function isAhead(jsm: JetStreamManager, consumer: ConsumerInfo): Promise<boolean> {
  const isBehind = async () => {
    const { state } = await jsm.streams.info(consumer.stream_name);
    return state.last_seq < consumer.delivered.stream_seq;
  };
  if (!(await isBehind())) return false;
  // A new leader of a cluster may still be reading its stream.
  await pause(LEADER_MS);
  return isBehind();
}

/** The partitions of a topic that the broker has, of any layout; the first of them first. */
export async function partitionsThere(jsm: JetStreamManager, topic: Topic): Promise<Topic[]> {
  const numbers: number[] = [];
  for await (const name of jsm.streams.names()) {
    const number = partitionNumber(name, topic);
    if (number !== null) numbers.push(number);
  }
  return numbers.toSorted((a, b) => a - b).map((number) => partitionOf(topic, number));
}

/** Returns the result of `info`; null when there is no such stream or consumer. */
export async function infoOrNull<T>(info: () => Promise<T>): Promise<T | null> {
  try {
    return await info();
  } catch (error) {
    if (error instanceof NatsError && error.code === '404') return null;
    throw error;
  }
}

function differs(wanted: object, actual: object): boolean {
  const current = actual as Record<string, unknown>;
  return Object.entries(wanted).some(
    ([key, value]) => JSON.stringify(current[key]) !== JSON.stringify(value),
  );
}
