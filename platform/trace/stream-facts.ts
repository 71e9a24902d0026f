import type { Bus } from '../messaging/bus.ts';
import { listDeadLetters } from '../dead-letters/dead-letter.ts';
import type { DeadLetter } from '../dead-letters/dead-letter-format.ts';
import { type Drop, listDrops } from '../dead-letters/dead-letter-drops.ts';
import { inspectConsumer, partitionsThere } from '../messaging/inspect.ts';
import type { KeptMessage } from '../messaging/message.ts';
import { readMessage, readStream } from '../messaging/read-stream.ts';
import { TOPICS, type TopicName } from '../messaging/topics.ts';
import type { MessagingService, Topic } from '../messaging/topic.ts';
import { monotonicMs } from '../kernel/monotonic-ms.ts';

/** Messages in NATS with their sequences and times, the progress of their consumer, and dead letters. */
export interface MessageFact {
  topic: TopicName;
  stream: string;
  sequence: number;
  at: string;
  bytes: number;
  /** The lines that were searched for, and how many there are in all. */
  lines: { eventId: string; userId: string; traceId: string }[];
  lineCount: number;
  /** Of the durable consumer: whether it has acknowledged the message. */
  consumed: string;
}

export interface StreamFacts {
  messages: MessageFact[];
  deadLetters: DeadLetter[];
  drops: Drop[];
  notes: string[];
}

type Place = Pick<MessageFact, 'topic' | 'stream'>;

const SCAN_MS = 10_000;
const LETTERS_MAX = 10_000;

interface Window {
  fromMs: number;
  untilMs: number;
}

interface Scanned {
  messages: MessageFact[];
  /** Whether the whole window was read, in time. */
  isWhole: boolean;
}

/** Messages of a topic, between two times, that have one of the words in a line. */
export async function scanTopic(
  bus: Bus,
  topic: TopicName,
  words: string[],
  window: Window,
): Promise<Scanned> {
  const partitions = await partitionsThere(bus, TOPICS[topic]);
  const deadline = monotonicMs() + SCAN_MS;
  const scanned: Scanned[] = [];
  for (const { stream } of partitions) {
    scanned.push(await scanStream(bus, { topic, stream }, words, window, deadline));
  }
  return {
    messages: scanned.flatMap(({ messages }) => messages),
    isWhole: scanned.every(({ isWhole }) => isWhole),
  };
}

async function scanStream(
  bus: Bus,
  place: Place,
  words: string[],
  window: Window,
  deadline: number,
): Promise<Scanned> {
  const consumed = await consumedOf(bus, place);
  const messages: MessageFact[] = [];
  let isWhole = true;
  await readStream(bus, place.stream, { sinceMs: window.fromMs }, (message) => {
    isWhole = monotonicMs() <= deadline;
    const isPast = Date.parse(message.time) > window.untilMs;
    const fact = isPast ? null : factOf(place, message, words, consumed);
    if (fact) messages.push(fact);
    return isWhole && !isPast;
  });
  return { messages, isWhole };
}

function factOf(
  place: Place,
  message: KeptMessage,
  words: string[],
  consumed: (sequence: number) => string,
): MessageFact | null {
  const text = new TextDecoder().decode(message.data);
  if (!words.some((word) => text.includes(word))) return null;
  const textLines = text.split('\n').filter((line) => line.trim() !== '');
  const lines = textLines.filter((line) => words.some((word) => line.includes(word))).map(readLine);
  return {
    ...place,
    sequence: message.sequence,
    at: message.time,
    bytes: message.data.byteLength,
    lines,
    lineCount: textLines.length,
    consumed: consumed(message.sequence),
  };
}

function readLine(text: string): MessageFact['lines'][number] {
  try {
    const { eventId = '', userId = '', traceId = '' } = JSON.parse(text) as Record<string, string>;
    return { eventId, userId, traceId };
  } catch {
    return { eventId: '', userId: '', traceId: '' };
  }
}

/** The message that an outbox row became; null when its stream does not keep it any more. */
export async function messageAt(bus: Bus, topic: TopicName, sequence: number): Promise<MessageFact | null> {
  const { stream } = TOPICS[topic];
  try {
    const message = await readMessage(bus, stream, sequence);
    if (message === null) return null;
    const consumed = (await consumedOf(bus, { topic, stream }))(sequence);
    const { time: at, data } = message;
    return { topic, stream, sequence, at, bytes: data.byteLength, lines: [], lineCount: 1, consumed };
  } catch {
    return null;
  }
}

/** How far each durable consumer of the topic is with a sequence, in words. */
async function consumedOf(bus: Bus, { topic, stream }: Place): Promise<(sequence: number) => string> {
  const { durables, bystanders }: Topic = TOPICS[topic];
  // A bystander need not run.
  const wordIfMissing = (durable: MessagingService) =>
    bystanders?.includes(durable) ? [] : [() => `${durable} is not there`];
  const states = (
    await Promise.all(
      durables.map(async (durable) => {
        const stateAt = await consumedByOne(bus, stream, durable);
        return stateAt ? [stateAt] : wordIfMissing(durable);
      }),
    )
  ).flat();
  return (sequence) => states.map((stateAt) => stateAt(sequence)).join('; ');
}

async function consumedByOne(
  bus: Bus,
  stream: string,
  durable: string,
): Promise<((sequence: number) => string) | null> {
  try {
    const consumer = await inspectConsumer(bus, stream, durable);
    return (sequence) => {
      if (sequence <= consumer.acknowledgedSequence) return `acknowledged by ${durable}`;
      if (sequence > consumer.deliveredSequence) return `waits for ${durable}`;
      return `delivered to ${durable}, ${consumer.unacknowledged} not acknowledged`;
    };
  } catch {
    return null;
  }
}

/** Dead letters, and records of dropped ones, that have one of the words or come from one of the messages. */
export async function findDeadLetters(
  bus: Bus,
  words: string[],
  messages: Pick<MessageFact, 'stream' | 'sequence'>[],
): Promise<{ deadLetters: DeadLetter[]; drops: Drop[] }> {
  const matches = ({ payload }: DeadLetter) => words.some((word) => payload.includes(word));
  const [deadLetters, drops] = await Promise.all([
    listDeadLetters(bus, { limit: LETTERS_MAX, matches }),
    listDrops(bus, { limit: LETTERS_MAX }),
  ]);
  const isFrom = ({ stream, sequence }: { stream: string; sequence: number }) =>
    messages.some((message) => message.stream === stream && message.sequence === sequence);
  return { deadLetters, drops: drops.filter(isFrom) };
}
