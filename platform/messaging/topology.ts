import { crc32 } from 'node:zlib';
import { TOPICS } from './topics.ts';
import type { MessagingService, Topic } from './topic.ts';

/** How streams are laid out; the same for every service of a system. */
export interface StreamLayout {
  /** Of every stream: 1 alone, 3 in a cluster. */
  replicas: number;
  /** Streams of each partitioned topic. */
  partitions: number;
  /** Of all streams together, before replication; without it each has the limit of its table. */
  bytesTotal?: number | null;
  /** `use` where a keeper makes streams and durable consumers, and this process may not. */
  rights?: 'create' | 'use';
}

const DEAD_LETTER_PREFIX = 'dead-letters';

export const DEAD_LETTERS = {
  stream: 'dead-letters',
  subjects: `${DEAD_LETTER_PREFIX}.>`,
  /** Before the sequence of the message that a process works on; no topic's stream has the name. */
  claims: `${DEAD_LETTER_PREFIX}.claims.`,
  /** The oldest make room for the newest: nothing healthy may ever wait for room here. */
  bytesMax: 512 * 1024 * 1024,
  /** Of a message with its headers: any message of a topic fits in, together with its cause. */
  messageBytesMax: 1024 * 1024,
} as const;

/** The record of dropped dead letters, with operator and reason; made with the first drop. */
export const DEAD_LETTER_DROPS = {
  stream: 'dead-letter-drops',
  subject: 'dead-letter-drops',
  bytesMax: 64 * 1024 * 1024,
  ageMaxDays: 365,
} as const;

/** `dead-letters.<stream>`, and `dead-letters.<stream>.<lines>` for a message of many lines. */
export function deadLetterSubject(stream: string, lines = 1): string {
  return `${DEAD_LETTER_PREFIX}.${stream}${lines === 1 ? '' : `.${lines}`}`;
}

/** How many lines a message on this subject holds, if they come from the stream; 0 if not. */
export function deadLetterLines(subject: string, stream: string): number {
  const [prefix, from, lines = '1'] = subject.split('.');
  return prefix === DEAD_LETTER_PREFIX && from === stream ? Number(lines) || 0 : 0;
}

export const STREAM_LIMITS = {
  ageMaxDays: 7,
  duplicateWindowMinutes: 10,
  /** One message, with its NDJSON lines; below the broker's default max payload of 1 MiB. */
  messageBytesMax: 1000 * 1000,
} as const;

export const CONSUMER_LIMITS = {
  messagesPerFetch: 64,
  /**
   * Bounds memory: messages have up to 1 MB. Kept by asking for fewer after large ones; the fetch after small
   * ones may bring more. A pull that is bounded by bytes is no way to do it: nats-server 2.9 counts the
   * message that did not fit as delivered, and brings it after the ack wait.
   */
  bytesPerFetch: 3 * 1000 * 1000,
  eventsPerStatement: 2000,
  /** Of messages that are decoded at once, some 2,000 events. */
  bytesDecoded: 700 * 1000,
  /**
   * A pull ends by itself after this long: it bounds how long draining, and noticing a broker that came back,
   * take.
   */
  fetchExpiresMs: 1000,
  lingerMs: 20,
  ackWaitMs: 10_000,
  /**
   * Far above the number in flight: messages that are set aside count as well, and must not stop a worker.
   */
  ackPendingMax: 65_536,
  /**
   * A message delivered more often than this is dead-lettered before it is parsed: it may be the cause of
   * its readers' deaths.
   */
  deliveriesMax: 10,
  /** A message delivered so often is handled alone, so that it cannot take others with it. */
  deliveriesAlone: 3,
} as const;

/** Returns a partition of a topic: a stream with its own subject. Partition 0 is the topic of topics.ts. */
export function partitionOf(topic: Topic, partition: number): Topic {
  if (partition === 0) return topic;
  return {
    ...topic,
    stream: `${topic.stream}-${partition}`,
    subject: `${topic.subject}.${partition}`,
  };
}

/** A topic, or a partition of it, as one of its durable consumers works it off. */
export type ConsumedTopic = Topic & { durable: MessagingService };

/** Throws for a service that has no durable consumer of the topic. */
export function consumedBy(topic: Topic, durable: MessagingService): ConsumedTopic {
  if (!topic.durables.includes(durable)) throw new Error(`${durable} does not consume ${topic.stream}`);
  return { ...topic, durable };
}

/** The topic for each of its durable consumers. */
export function consumptionsOf(topic: Topic): ConsumedTopic[] {
  return topic.durables.map((durable) => ({ ...topic, durable }));
}

/** All partitions of a topic. */
export function partitionsOf(topic: Topic, { partitions }: Pick<StreamLayout, 'partitions'>): Topic[] {
  const count = topic.isPartitioned ? partitions : 1;
  return Array.from({ length: count }, (_, partition) => partitionOf(topic, partition));
}

/** The bytes that a stream of this size in its table reserves: its share where the total is limited. */
export function reservedBytes(
  bytesMax: number,
  layout: Pick<StreamLayout, 'partitions' | 'bytesTotal'>,
): number {
  if (!layout.bytesTotal) return bytesMax;
  const allPartitions = Object.values<Topic>(TOPICS).flatMap((topic) => partitionsOf(topic, layout));
  const sum = allPartitions.reduce((bytes, topic) => bytes + topic.bytesMax, DEAD_LETTERS.bytesMax);
  return Math.floor((bytesMax / sum) * layout.bytesTotal);
}

/**
 * Where a customer's events go, always the same: one worker's statement holds many events of the same
 * customers. Nothing else depends on it, so the number of partitions can change while the system runs.
 */
export function partitionFor(topic: Topic, userId: string, { partitions }: StreamLayout): number {
  return topic.isPartitioned && partitions > 1 ? crc32(userId) % partitions : 0;
}

/** The age at which messages go, in days; null where the newest of each key is kept, of any age. */
export function ageMaxDaysOf({ keyedBy, ageMaxDays }: Pick<Topic, 'keyedBy' | 'ageMaxDays'>): number | null {
  return keyedBy ? null : (ageMaxDays ?? STREAM_LIMITS.ageMaxDays);
}

/** The subjects of a topic's stream. */
export function subjectsOf({ subject, keyedBy }: Pick<Topic, 'subject' | 'keyedBy'>): string {
  return keyedBy ? `${subject}.*` : subject;
}

/**
 * Where a message about a customer goes that is no event of a partitioned topic; the key is of a keyed one.
 */
export function subjectFor({ subject, keyedBy }: Pick<Topic, 'subject' | 'keyedBy'>, key: string): string {
  return keyedBy ? `${subject}.${key}` : subject;
}

/** Returns the number of a topic's partition that a stream is; null for a stream of another topic. */
export function partitionNumber(stream: string, topic: Topic): number | null {
  if (stream === topic.stream) return 0;
  const number = stream.startsWith(`${topic.stream}-`) ? stream.slice(topic.stream.length + 1) : '';
  return topic.isPartitioned && /^[1-9]\d*$/.test(number) ? Number(number) : null;
}

/** The subject of a stream's messages; empty for a stream that is no topic's. */
export function subjectOf(stream: string): string {
  for (const topic of Object.values<Topic>(TOPICS)) {
    const partition = partitionNumber(stream, topic);
    if (partition !== null) return partitionOf(topic, partition).subject;
  }
  return '';
}

/** The stream that keeps a subject's messages; empty for a subject that is not ours. */
export function streamOf(subject: string): string {
  for (const topic of Object.values<Topic>(TOPICS)) {
    if (subject === topic.subject) return topic.stream;
    if (topic.keyedBy && subject.startsWith(`${topic.subject}.`)) return topic.stream;
    const number = subject.startsWith(`${topic.subject}.`) ? subject.slice(topic.subject.length + 1) : '';
    const stream = `${topic.stream}-${number}`;
    if (partitionNumber(stream, topic) !== null) return stream;
  }
  return '';
}
