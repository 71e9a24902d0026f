import { DeliverPolicy, type JsMsg } from 'nats';
import type { Bus } from '../../platform/messaging/bus.ts';
import { listDeadLetters } from '../../platform/dead-letters/dead-letter.ts';
import type { DeadLetter } from '../../platform/dead-letters/dead-letter-format.ts';
import { type Drop, listDrops } from '../../platform/dead-letters/dead-letter-drops.ts';
import { partitionsThere } from '../../platform/messaging/streams.ts';
import { TOPICS, type TopicName } from '../../platform/messaging/topology.ts';

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
const READER_IDLE_MS = 10_000;
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
  const partitions = await partitionsThere(bus.client().jsm, TOPICS[topic]);
  const deadline = Date.now() + SCAN_MS;
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
  const { js } = bus.client();
  const { stream } = place;
  const consumer = await js.consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartTime,
    opt_start_time: new Date(window.fromMs).toISOString(),
    inactive_threshold: READER_IDLE_MS,
  });
  const consumed = await consumedOf(bus, place);
  const messageFacts: MessageFact[] = [];
  for (let pending = (await consumer.info(true)).num_pending; pending > 0; ) {
    if (Date.now() > deadline) return { messages: messageFacts, isWhole: false };
    const batch = await consumer.fetch({
      max_messages: Math.min(pending, 500),
      expires: 2000,
    });
    let received = 0;
    let isPast = false;
    for await (const message of batch) {
      received += 1;
      isPast ||= message.info.timestampNanos / 1e6 > window.untilMs;
      const fact = isPast ? null : readMessage(place, message, words, consumed);
      if (fact) messageFacts.push(fact);
    }
    if (received === 0 || isPast) break;
    pending -= received;
  }
  return { messages: messageFacts, isWhole: true };
}

function readMessage(
  place: Place,
  message: JsMsg,
  words: string[],
  consumed: (sequence: number) => string,
): MessageFact | null {
  const text = message.string();
  if (!words.some((word) => text.includes(word))) return null;
  const textLines = text.split('\n').filter((line) => line.trim() !== '');
  const lines = textLines.filter((line) => words.some((word) => line.includes(word))).map(readLine);
  return {
    ...place,
    sequence: message.seq,
    at: isoOfNanos(message.info.timestampNanos),
    bytes: message.data.byteLength,
    lines,
    lineCount: textLines.length,
    consumed: consumed(message.seq),
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
    const { time, data } = await bus.client().jsm.streams.getMessage(stream, { seq: sequence });
    const consumed = (await consumedOf(bus, { topic, stream }))(sequence);
    const at = isoOf(time);
    return {
      topic,
      stream,
      sequence,
      at,
      bytes: data.byteLength,
      lines: [],
      lineCount: 1,
      consumed,
    };
  } catch {
    return null;
  }
}

/** How far the topic's durable consumer is with a sequence, in words. */
async function consumedOf(bus: Bus, { topic, stream }: Place): Promise<(sequence: number) => string> {
  const { durable } = TOPICS[topic];
  if (durable === null) return () => '';
  try {
    const info = await bus.client().jsm.consumers.info(stream, durable);
    return (sequence) => {
      if (sequence <= info.ack_floor.stream_seq) return `acknowledged by ${durable}`;
      if (sequence > info.delivered.stream_seq) return `waits for ${durable}`;
      return `delivered to ${durable}, ${info.num_ack_pending} not acknowledged`;
    };
  } catch {
    return () => `${durable} is not there`;
  }
}

/** Dead letters, and records of dropped ones, that have one of the words or come from one of the messages. */
export async function findDeadLetters(
  bus: Bus,
  words: string[],
  messages: MessageFact[],
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

const isoOfNanos = (nanos: number) => isoOf(new Date(nanos / 1e6), Math.floor((nanos / 1e3) % 1000));

/** With microseconds, as the rows have it. */
function isoOf(time: Date | string, micros = 0): string {
  const text = new Date(time).toISOString();
  const sixDigits = typeof time === 'string' ? /\.(\d{6})/.exec(time)?.[1] : undefined;
  return text.replace(
    /\.(\d{3})Z$/,
    (_, ms: string) => `.${sixDigits ?? ms + String(micros).padStart(3, '0')}Z`,
  );
}
