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
  const streams = [
    ...topics.map(({ isSealed, ...topic }) => ({
      stream: topic.stream,
      subject: subjectsOf(topic),
      bytesMax: topic.bytesMax,
      ageMaxDays: topic.keyedBy ? 0 : topic.ageMaxDays,
      isSealed,
      isKeyed: topic.keyedBy !== undefined,
      discard: isSealed ? DiscardPolicy.Old : DiscardPolicy.New,
      messageBytesMax: STREAM_LIMITS.messageBytesMax + 8 * 1024,
    })),
    {
      ...DEAD_LETTERS,
      subject: DEAD_LETTERS.subjects,
      ageMaxDays: undefined,
      isSealed: false,
      isKeyed: false,
      discard: DiscardPolicy.Old,
    },
  ];
  const present = await presentStreams(jsm, layout);
  for (const { stream, subject, bytesMax, ageMaxDays, discard, messageBytesMax, ...kind } of streams) {
    const desired = {
      name: stream,
      subjects: [subject],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard,
      max_age: nanos((ageMaxDays ?? STREAM_LIMITS.ageMaxDays) * DAY_MS),
      max_bytes: reservedBytes(bytesMax, layout),
      max_msg_size: messageBytesMax,
      duplicate_window: nanos(STREAM_LIMITS.duplicateWindowMinutes * MINUTE_MS),
      num_replicas: layout.replicas,
      ...(kind.isSealed ? { deny_delete: true, deny_purge: true } : {}),
      ...(kind.isKeyed ? { max_msgs_per_subject: 1 } : {}),
    };
    await ensureStream(jsm, desired, present.get(stream));
  }
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
  desired: Partial<StreamConfig> & { name: string },
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
