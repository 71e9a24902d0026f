import type { StreamInfo } from 'nats';
import type { Bus } from './bus.ts';
import { orNull } from './broker-errors.ts';
import type { Topic } from './topic.ts';
import { partitionNumber, partitionOf, type ConsumedTopic } from './topology.ts';

interface StreamState {
  /** When it was made; another time means another stream of the same name. */
  created: string;
  lastSequence: number;
  messages: number;
  bytes: number;
  /** The age of the oldest message by the broker's own clock; null without one. */
  oldestAgeMs: number | null;
  /** 0 or less for a stream without a limit. */
  bytesMax: number;
  /** The messages of each subject, for the subjects of the call. */
  subjects: Record<string, number>;
}

export async function inspectStream(bus: Bus, stream: string, subjects?: string): Promise<StreamState> {
  const { jsm } = bus.client();
  const info = await jsm.streams.info(stream, subjects === undefined ? {} : { subjects_filter: subjects });
  const { created, state, config } = info;
  const { last_seq: lastSequence, messages, bytes } = state;
  return {
    created,
    lastSequence,
    messages,
    bytes,
    oldestAgeMs: messages > 0 ? Math.max(0, brokerTimeOf(info) - Date.parse(state.first_ts)) : null,
    bytesMax: config.max_bytes,
    subjects: state.subjects ?? {},
  };
}

/**
 * Returns the time by the clock that a stream's messages have theirs from, in milliseconds: that of a process
 * may be an hour ahead. A server before 2.10 says none, and the process's own clock has to do.
 */
export function brokerTimeOf(info: StreamInfo): number {
  // Its leader says when it has responded, which the client's types leave out.
  const { ts } = info as StreamInfo & { ts?: string };
  return ts === undefined ? Date.now() : Date.parse(ts);
}

/** In messages; sequences are of the stream. */
interface ConsumerState {
  pending: number;
  unacknowledged: number;
  redelivered: number;
  acknowledgedSequence: number;
  deliveredSequence: number;
}

export async function inspectConsumer(bus: Bus, stream: string, durable: string): Promise<ConsumerState> {
  const info = await bus.client().jsm.consumers.info(stream, durable);
  return {
    pending: info.num_pending,
    unacknowledged: info.num_ack_pending,
    redelivered: info.num_redelivered,
    acknowledgedSequence: info.ack_floor.stream_seq,
    deliveredSequence: info.delivered.stream_seq,
  };
}

/** Throws a sentence that names the durable consumer which is not there yet. */
export async function requireConsumer(bus: Bus, { stream, durable }: ConsumedTopic): Promise<void> {
  const info = await orNull(() => bus.client().jsm.consumers.info(stream, durable));
  if (info === null) throw new Error(`the consumer ${durable} of the stream ${stream} is missing`);
}

export async function streamNames(bus: Bus): Promise<string[]> {
  const names: string[] = [];
  for await (const name of bus.client().jsm.streams.names()) names.push(name);
  return names;
}

/** The partitions of a topic that the broker has, of any layout; the first of them first. */
export async function partitionsThere(bus: Bus, topic: Topic): Promise<Topic[]> {
  const numbers = (await streamNames(bus)).map((name) => partitionNumber(name, topic));
  return numbers
    .filter((number) => number !== null)
    .toSorted((a, b) => a - b)
    .map((number) => partitionOf(topic, number));
}
