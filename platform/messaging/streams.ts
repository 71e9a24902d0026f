import {
  DiscardPolicy,
  type JetStreamManager,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';
import { DAY_MS } from '../../sdk/contracts/time.ts';
import { orNull } from './broker-errors.ts';
import { withinRoom } from './stream-room.ts';
import { TOPICS, type TopicName } from './topics.ts';
import type { Topic } from './topic.ts';
import {
  ageMaxDaysOf,
  DEAD_LETTERS,
  partitionsOf,
  reservedBytes,
  STREAM_LIMITS,
  type StreamLayout,
  subjectsOf,
} from './topology.ts';

const MINUTE_MS = 60 * 1000;

/**
 * Makes every stream of the topology that is missing and brings the others to the table's limits; does
 * nothing where a keeper does that, and for a visitor, which has no layout.
 */
export async function ensureStreams(jsm: JetStreamManager, layout: StreamLayout | null): Promise<void> {
  if (layout === null || layout.rights === 'use') return;
  const topics = Object.values<Topic>(TOPICS).flatMap((topic) => partitionsOf(topic, layout));
  const streams = [...topics.map((topic) => topicStream(topic, layout)), deadLetterStream(layout)];
  const present = await presentStreams(jsm, layout);
  for (const stream of streams) await ensureStream(jsm, stream, present.get(stream.name));
}

type NamedStream = Partial<StreamConfig> & { name: string };

function topicStream(topic: Topic, layout: StreamLayout): NamedStream {
  return {
    ...commonConfig(topic.bytesMax, layout),
    name: topic.stream,
    subjects: [subjectsOf(topic)],
    discard: topic.isSealed ? DiscardPolicy.Old : DiscardPolicy.New,
    // 0 is any age.
    max_age: nanos((ageMaxDaysOf(topic) ?? 0) * DAY_MS),
    // The lines of a message, and its headers.
    max_msg_size: STREAM_LIMITS.messageBytesMax + 8 * 1024,
    ...(topic.isSealed ? { deny_delete: true, deny_purge: true } : {}),
    ...(topic.keyedBy ? { max_msgs_per_subject: 1 } : {}),
  };
}

function deadLetterStream(layout: StreamLayout): NamedStream {
  return {
    ...commonConfig(DEAD_LETTERS.bytesMax, layout),
    name: DEAD_LETTERS.stream,
    subjects: [DEAD_LETTERS.subjects],
    discard: DiscardPolicy.Old,
    max_age: nanos(STREAM_LIMITS.ageMaxDays * DAY_MS),
    max_msg_size: DEAD_LETTERS.messageBytesMax,
  };
}

function commonConfig(bytesMax: number, layout: StreamLayout): Partial<StreamConfig> {
  return {
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    max_bytes: reservedBytes(bytesMax, layout),
    duplicate_window: nanos(STREAM_LIMITS.duplicateWindowMinutes * MINUTE_MS),
    num_replicas: layout.replicas,
  };
}

/**
 * The streams of one server in one response: each connection and each consumer of a process ensures them all
 * as it starts. A cluster is asked for each, since one stream without a leader would hold the list up.
 */
async function presentStreams(
  jsm: JetStreamManager,
  { replicas }: StreamLayout,
): Promise<Map<string, StreamConfig>> {
  const streams = replicas > 1 ? [] : await jsm.streams.list().next();
  return new Map(streams.map(({ config }) => [config.name, config]));
}

async function ensureStream(
  jsm: JetStreamManager,
  desired: NamedStream,
  present: StreamConfig | undefined,
): Promise<void> {
  const config = present ?? (await orNull(() => jsm.streams.info(desired.name)))?.config;
  if (!config) {
    // Two services that start together both add it: the same configuration twice is no error.
    await withinRoom(jsm, desired, () => jsm.streams.add(desired));
  } else if (differs(desired, config)) {
    await withinRoom(jsm, desired, () => jsm.streams.update(desired.name, desired));
  }
}

/**
 * Returns a function that makes the missing streams. It resolves to whether to wait for others: for a keeper
 * that makes them, or for the servers of a cluster that choose a leader. The work of calls at once is shared.
 */
export function createRegain(layout: StreamLayout | null): (jsm: JetStreamManager) => Promise<boolean> {
  let regaining: Promise<void> | null = null;
  return async (jsm) => {
    if (layout?.rights === 'use') return true;
    regaining ??= ensureStreams(jsm, layout)
      .catch(() => {})
      .finally(() => {
        regaining = null;
      });
    if (layout && layout.replicas > 1) return true;
    await regaining;
    return false;
  };
}

/** Where a keeper makes the streams, throws a sentence that names the one which is not there yet. */
export async function requireStreams(
  jsm: JetStreamManager,
  { streams, topics = [] }: { streams: StreamLayout | null; topics?: readonly TopicName[] },
): Promise<void> {
  if (streams?.rights !== 'use') return;
  for (const { stream } of topics.flatMap((name) => partitionsOf(TOPICS[name], streams))) {
    const info = await orNull(() => jsm.streams.info(stream));
    if (info === null) throw new Error(`the stream ${stream} is missing`);
  }
}

/** Whether the broker's configuration lacks one of our settings. */
export function differs(desired: object, actual: object): boolean {
  const current = actual as Record<string, unknown>;
  return Object.entries(desired).some(
    ([key, value]) => JSON.stringify(current[key]) !== JSON.stringify(value),
  );
}
