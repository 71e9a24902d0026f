import type { Bus } from '../messaging/bus.ts';
import { type TopicName, TOPICS } from '../messaging/topics.ts';
import type { Facts } from './facts.ts';
import { timeOfId, type TypedId } from './identity.ts';
import { findDeadLetters, type MessageFact, messageAt, scanTopic, type StreamFacts } from './stream-facts.ts';

/** A message comes before its row, by as long as its worker was behind. */
const BEFORE_MS = 60_000;
const BEFORE_UNKNOWN_MS = 10 * 60_000;
const AFTER_MS = 5_000;

/** The messages and dead letters that belong to the rows of an id, or to the id where it has no rows. */
export async function findStreamFacts(bus: Bus, typedId: TypedId, facts: Facts): Promise<StreamFacts> {
  const words = wordsOf(typedId, facts);
  const { messages, notes } = await findMessages(bus, typedId, facts, words);
  return { messages, notes, ...(await findDeadLetters(bus, words, messages)) };
}

/** The dead letters alone, for a user of the broker with rights on no other stream. */
export async function findLetterFacts(bus: Bus, typedId: TypedId, facts: Facts): Promise<StreamFacts> {
  const relayed = facts.outbox.flatMap(({ topic, sequence }) =>
    sequence ? [{ stream: TOPICS[topic].stream, sequence }] : [],
  );
  return { messages: [], notes: [], ...(await findDeadLetters(bus, wordsOf(typedId, facts), relayed)) };
}

/** Names of it in logs and messages. */
export function wordsOf({ text, uuid, traceId }: TypedId, facts: Facts): string[] {
  if (facts.kind === 'user') return facts.users.map(({ id }) => id);
  const ids = facts.events.map(({ id }) => id);
  return [...new Set([text, traceId, ...(uuid ? [uuid] : []), ...ids])];
}

async function findMessages(
  bus: Bus,
  typedId: TypedId,
  facts: Facts,
  words: string[],
): Promise<Pick<StreamFacts, 'messages' | 'notes'>> {
  const relayed = await Promise.all(
    facts.outbox.map(async ({ topic, sequence }) => sequence && messageAt(bus, topic, sequence)),
  );
  const messages = relayed.filter((payload) => typeof payload === 'object' && payload !== null);
  const notes: string[] = [];
  for (const [topic, window] of scansOf(typedId, facts)) {
    const scanned = await scanTopic(bus, topic, words, window);
    messages.push(...scanned.messages);
    const missing = scanned.messages.length === 0 && facts.events.length > 0;
    if (!scanned.isWhole) notes.push(`${topic}: the stream was read in part only`);
    else if (missing) notes.push(`${topic}: the stream does not keep the message any more`);
  }
  return { messages: unique(messages), notes };
}

function unique(messages: MessageFact[]): MessageFact[] {
  return [...new Map(messages.map((message) => [`${message.stream} ${message.sequence}`, message])).values()];
}

type Scan = [TopicName, { fromMs: number; untilMs: number }];

/** Returns the streams to read, and the times to read between: events are not kept with their sequence. */
function scansOf(typedId: TypedId, facts: Facts, nowMs = Date.now()): Scan[] {
  if (facts.kind === null) {
    // Not stored yet, or dead-lettered.
    const fromMs = (timeOfId(typedId.uuid) ?? nowMs - BEFORE_UNKNOWN_MS) - BEFORE_MS;
    const window = { fromMs, untilMs: nowMs + AFTER_MS };
    return [
      ['emotions', window],
      ['transactions', window],
    ];
  }
  if (facts.kind === 'user') return [];
  return (['emotion', 'transaction'] as const).flatMap((kind): Scan[] => {
    const events = facts.events.filter((event) => event.kind === kind);
    if (events.length === 0) return [];
    const stored = events.map(({ createdAt }) => Date.parse(createdAt));
    const times = events.flatMap(({ id, traceId }) => [timeOfId(traceId), timeOfId(id)]);
    const knownTimes = times.filter((ms) => ms !== null);
    const earliest = Math.min(...stored);
    const fromMs =
      knownTimes.length > 0 ? Math.min(earliest, ...knownTimes) - BEFORE_MS : earliest - BEFORE_UNKNOWN_MS;
    const topic = kind === 'emotion' ? 'emotions' : 'transactions';
    return [[topic, { fromMs, untilMs: Math.max(...stored) + AFTER_MS }]];
  });
}
