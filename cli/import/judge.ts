import {
  type BatchResult,
  type EcsError,
  PermissionError,
  uuidv7,
  ValidationError,
} from '../../sdk/index.ts';
import type { RejectedLine } from '../../sdk/contracts/common.ts';
import { createEventJudge, problemOfBatch, REUSED_ID } from '../../sdk/contracts/events/event-batch.ts';
import { claimsOf, type EventIds, KEY_REUSED_DETAIL } from '../../sdk/contracts/events/event-id.ts';
import { EMOTIONS, type EventKind, TRANSACTIONS } from '../../sdk/contracts/events/event-kind.ts';
import { PROBLEMS, toProblem } from '../../sdk/contracts/problems.ts';
import { isIdOf } from './journal.ts';

type Named = { userId: string; eventId?: string };
type Message = { userId: string; eventId: string };

/**
 * Judges batches as ingestion does, by the same rules, and sends nothing. Events fit their schema already:
 * each import checks that itself, whether it is sent or not. Only the system knows
 * withdrawn consents, and the ids of events before this file. Throws as the client does for a batch without
 * a good line.
 */
export function createJudge(
  kind: 'emotions' | 'transactions',
  /** Null for the internal key: it may write for anybody. */
  ownerId: string | null,
  /** Ids that it made are different ones, and need not be kept. */
  importId: string,
): (events: unknown[]) => BatchResult {
  const rules = (kind === 'emotions' ? EMOTIONS : TRANSACTIONS) as EventKind<Named, Message>;
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
    const judgeEvent = createEventJudge<Named, Message>({
      kind: rules,
      mayWriteFor: (userId) => ownerId === null || userId.toLowerCase() === ownerId.toLowerCase(),
      arrival: { atMs: Date.now(), traceId: '', source: 'customer' },
      idempotencyKey: null,
      ids: IDS,
    });
    const rejected = events.flatMap((event, index) => {
      const result = judgeEvent(event as Named);
      const line = index + 1;
      if (!('event' in result)) return [{ line, ...result }];
      return isReused(result.message) ? [{ line, ...REUSED_ID }] : [];
    });
    if (rejected.length === events.length) throw errorOfBatch(rejected);
    return { accepted: events.length - rejected.length, rejected, traceId: '', eventIds: [] };
  };
}

/** Returns the failure of a batch without a good line, as the API responds to it. */
function errorOfBatch(rejected: RejectedLine[]): EcsError {
  const { code, ...faults } = problemOfBatch(rejected);
  const { status } = PROBLEMS[code];
  const detail = code === REUSED_ID.code ? KEY_REUSED_DETAIL : PROBLEMS[code].detail;
  const problem = toProblem({ code, status, detail, requestId: '', ...faults });
  const BatchError = status === 403 ? PermissionError : ValidationError;
  return new BatchError(detail, { code, status, problem });
}

/** Events of a file have ids of their own, or of their lines. */
const IDS: EventIds = { newId: uuidv7, idOf: (text) => text };
