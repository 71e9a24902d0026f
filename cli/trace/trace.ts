import type { Bus } from '../../platform/messaging/bus.ts';
import type { TopicName } from '../../platform/messaging/topics.ts';
import { withBus } from '../config/broker.ts';
import { withDatabase } from '../config/database.ts';
import { toCliError } from '../ui/failure.ts';
import { CliError, EXIT } from '../ui/output.ts';
import type { Context } from '../config/context.ts';
import { type Facts, findFacts } from './facts.ts';
import { timeOfId, type TypedId } from './identity.ts';
import { findLogLines } from './log-facts.ts';
import { findDeadLetters, type MessageFact, messageAt, scanTopic, type StreamFacts } from './stream-facts.ts';
import { type Entry, toTimeline } from './timeline.ts';

/**
 * Follows an id: id -> rows -> messages of those rows (by sequence, or by a search of the streams at that
 * time) -> dead letters -> log lines -> one timeline
 */
export interface Trace {
  id: string;
  kind: Facts['kind'] | 'message' | 'log';
  userIds: string[];
  entries: Entry[];
  /** Sources that could not be read, or that have more than is shown. */
  notes: string[];
}

/** A message comes before its row, by as long as its worker was behind. */
const BEFORE_MS = 60_000;
const BEFORE_UNKNOWN_MS = 10 * 60_000;
const AFTER_MS = 5_000;

/** Throws 3 when nothing is stored under the id, 2 when the database's address is not known. */
export async function trace(
  context: Context,
  typedId: TypedId,
  options: { limit: number; payload: boolean },
): Promise<Trace> {
  const facts = await withDatabase(context, 'ecs trace', (sql) => findFacts(sql, typedId, options.limit));
  const streams = await streamFacts(context, typedId, facts);
  const words = wordsOf(typedId, facts);
  const logs = context.isLocal && facts.kind !== 'user' ? findLogLines(context.dataDir, words) : [];
  const entries = toTimeline(facts, streams, logs, options.payload);
  if (entries.length === 0) {
    throw new CliError(
      `nothing is stored under ${typedId.text}`,
      EXIT.notFound,
      'an id of a request, event, offer, analysis, notification or user, or an e-mail',
    );
  }
  const users = [...facts.users.map(({ id }) => id), ...facts.events.map(({ userId }) => userId)];
  return {
    id: typedId.text,
    kind: facts.kind ?? (streams.messages.length + streams.deadLetters.length > 0 ? 'message' : 'log'),
    userIds: [...new Set(users)],
    entries,
    notes: [...facts.notes, ...streams.notes],
  };
}

/** Names of it in logs and messages. */
function wordsOf({ text, uuid, traceId }: TypedId, facts: Facts): string[] {
  if (facts.kind === 'user') return facts.users.map(({ id }) => id);
  const ids = facts.events.map(({ id }) => id);
  return [...new Set([text, traceId, ...(uuid ? [uuid] : []), ...ids])];
}

async function streamFacts(context: Context, typedId: TypedId, facts: Facts): Promise<StreamFacts> {
  const empty: StreamFacts = { messages: [], deadLetters: [], drops: [], notes: [] };
  if (!context.natsUrl) return { ...empty, notes: ['streams are left out: NATS_URL is not known'] };
  try {
    return await withBus(context.natsUrl, async (bus) => {
      const words = wordsOf(typedId, facts);
      const { messages, notes } = await findMessages(bus, typedId, facts, words);
      return { messages, notes, ...(await findDeadLetters(bus, words, messages)) };
    });
  } catch (error) {
    const cliError = toCliError(error);
    const why = cliError instanceof Error ? cliError.message : String(cliError);
    return { ...empty, notes: [`streams are left out: ${why}`] };
  }
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
