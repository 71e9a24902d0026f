import { type BatchResult, uuidv7 } from '../../sdk/index.ts';
import { createLineReader, REUSED_ID } from '../../sdk/contracts/events/event-batch.ts';
import { claimsOf, type EventIds } from '../../sdk/contracts/events/event-id.ts';
import { EMOTIONS, type EventKind, TRANSACTIONS } from '../../sdk/contracts/events/event-kind.ts';
import { isIdOf } from './journal.ts';
import { createValidator } from '../../platform/kernel/validation.ts';

type Named = { userId: string; eventId?: string };
type Message = { userId: string; eventId: string };

/**
 * Judges batches as ingestion does, by the same rules, and sends nothing. Only the system knows
 * withdrawn consents, and the ids of events before this file.
 */
export function createJudge(
  kind: 'emotions' | 'transactions',
  /** Null for the internal key: it may write for anybody. */
  ownerId: string | null,
  /** Ids that it made are different ones, and need not be kept. */
  importId: string,
): (events: unknown[]) => BatchResult {
  const rules = (kind === 'emotions' ? EMOTIONS : TRANSACTIONS) as EventKind<Named, Message>;
  const validator = createValidator(rules.schema);
  /** Hashes of the contents of the file's own ids, by their places: a file may have millions. */
  const contents = new Map<string, number>();
  const isReused = (message: Message): boolean => {
    if (isIdOf(importId, message.eventId)) return false;
    return claimsOf(rules, message, null, IDS).some(({ place, content }) => {
      const name = place.join(' ');
      const hash = Number(Bun.hash(content));
      const earlier = contents.get(name);
      contents.set(name, earlier ?? hash);
      return earlier !== undefined && earlier !== hash;
    });
  };
  return (events) => {
    const readLine = createLineReader<Named, Message>({
      kind: rules,
      check: validator.check,
      mayWriteFor: (userId) => ownerId === null || userId.toLowerCase() === ownerId.toLowerCase(),
      arrival: { atMs: Date.now(), traceId: '', source: 'customer' },
      idempotencyKey: null,
      ids: IDS,
    });
    const rejected = events.flatMap((event, index) => {
      const result = readLine(JSON.stringify(event));
      const line = index + 1;
      if (!('event' in result)) return [{ line, ...result }];
      return isReused(result.message) ? [{ line, ...REUSED_ID }] : [];
    });
    return { accepted: events.length - rejected.length, rejected, traceId: '', eventIds: [] };
  };
}

/** Events of a file have ids of their own, or of their lines. */
const IDS: EventIds = { newId: uuidv7, idOf: (text) => text };
