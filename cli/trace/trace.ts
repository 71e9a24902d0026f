import { withBus } from '../config/broker.ts';
import { withDatabase } from '../config/database.ts';
import { toCliError } from '../ui/failure.ts';
import { CliError, EXIT } from '../ui/output.ts';
import type { EngineContext } from '../config/context.ts';
import { type Facts, findFacts } from '../../platform/trace/facts.ts';
import type { TypedId } from '../../platform/trace/identity.ts';
import { findLogLines } from './log-facts.ts';
import type { StreamFacts } from '../../platform/trace/stream-facts.ts';
import { findStreamFacts, wordsOf } from '../../platform/trace/find-messages.ts';
import { type Entry, toTimeline } from '../../platform/trace/timeline.ts';

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

/** Throws 3 when nothing is stored under the id, 2 when the database's address is not known. */
export async function trace(
  context: EngineContext,
  typedId: TypedId,
  options: { limit: number; payload: boolean },
): Promise<Trace> {
  const facts = await withDatabase(context, 'ecs trace', (sql) => findFacts(sql, typedId, options));
  const streams = await streamFacts(context, typedId, facts);
  const words = wordsOf(typedId, facts);
  const { isLocal, dataDir } = context;
  const logs = isLocal && dataDir && facts.kind !== 'user' ? findLogLines(dataDir, words) : [];
  const entries = toTimeline(facts, streams, logs, options.payload);
  if (entries.length === 0) {
    throw new CliError(
      `nothing is stored under ${typedId.text}`,
      EXIT.notFound,
      'an id of a request, event, offer, analysis, notification or customer, or an e-mail',
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

async function streamFacts(context: EngineContext, typedId: TypedId, facts: Facts): Promise<StreamFacts> {
  const empty: StreamFacts = { messages: [], deadLetters: [], drops: [], notes: [] };
  if (!context.natsUrl) return { ...empty, notes: ['streams are left out: NATS_URL is not known'] };
  try {
    return await withBus(context.natsUrl, (bus) => findStreamFacts(bus, typedId, facts));
  } catch (error) {
    const cliError = await toCliError(error);
    const why = cliError instanceof Error ? cliError.message : String(cliError);
    return { ...empty, notes: [`streams are left out: ${why}`] };
  }
}
