import type { TSchema } from '@sinclair/typebox';
import type { BatchReceived, RejectedLine } from '../../sdk/contracts/common.ts';
import {
  createLineReader,
  linesOf,
  problemOfBatch,
  type ReadLine,
  REUSED_ID,
} from '../../sdk/contracts/events/event-batch.ts';
import { PROBLEMS } from '../../sdk/contracts/problems.ts';
import { claimsOf } from '../../sdk/contracts/events/event-id.ts';
import { type AppError, invalid, problem } from '../kernel/errors.ts';
import {
  EVENT_IDS,
  idsOf,
  type Ingestion,
  keyReused,
  responseOf,
  senderOf,
  sourceOf,
  toOutgoing,
} from './ingest.ts';
import type { First } from './key-memory.ts';
import { requireOwnBody } from '../http/principal.ts';
import type { Call, HandlerResult } from '../http/call.ts';
import { createValidator } from '../kernel/validation.ts';

type Line<Event, Message> = ReadLine<Event, Message> & { line: number };

/**
 * Publishes the valid lines of an NDJSON batch, and lists the others. Throws AppError 422 or 403 when none is
 * valid.
 */
export function createBatchReceiver<
  Event extends { userId: string; eventId?: string },
  Message extends { eventId: string; userId: string },
>(ingestion: Ingestion<Event, Message>, schema: TSchema): (call: Call) => Promise<HandlerResult> {
  const validator = createValidator(schema);

  return async (call) => {
    const lines = linesOf(call.text);
    if ('path' in lines) throw invalid([lines]);
    const { isReplay, ...origin } = await recallBatch(ingestion, call);
    const readLine = createLineReader<Event, Message>({
      kind: ingestion,
      check: validator.check,
      mayWriteFor: (userId) => mayWriteFor(call, userId),
      consentRejectionOf: (userId) => consentRejection(ingestion, userId),
      arrival: { ...origin, source: sourceOf(call.principal) },
      idempotencyKey: call.idempotencyKey,
      ids: idsOf(call.principal),
    });
    const rejected: RejectedLine[] = [];
    const parsedLines: Line<Event, Message>[] = [];
    for (const [at, { line, text }] of lines.entries()) {
      if (at % LINES_IN_A_TURN === LINES_IN_A_TURN - 1) await new Promise(setImmediate);
      const result = readLine(text);
      if ('event' in result) parsedLines.push({ line, ...result });
      else rejected.push({ line, ...result });
    }
    const reused = await findReused(ingestion, parsedLines, origin);
    rejected.push(...reused.map(({ line }) => ({ line, ...REUSED_ID })));
    if (reused.length === parsedLines.length) throw noneAccepted(rejected);
    const accepted = parsedLines.filter((line) => !reused.includes(line));
    await ingestion.bus.publishEvents(
      ingestion.topic,
      accepted.map(({ message }) => toOutgoing(message, call.span)),
    );
    const received: BatchReceived = {
      accepted: accepted.length,
      rejected: rejected.toSorted((a, b) => a.line - b.line),
      traceId: origin.traceId,
    };
    return responseOf(received, isReplay);
  };
}

/** Returns the time and the trace of the first request with this batch and key; of this one without a key. */
async function recallBatch(
  { memory, now }: Pick<Ingestion<never, never>, 'memory' | 'now'>,
  call: Call,
): Promise<First & { isReplay: boolean }> {
  const origin = { atMs: now(), traceId: call.traceId };
  const { principal, idempotencyKey } = call;
  if (idempotencyKey === null) return { ...origin, isReplay: false };
  // The body is part of the claim, so that a corrected batch may come under the same key.
  const place = ['batch', senderOf(principal), idempotencyKey, call.text];
  const [earlier] = await memory.claim([{ place, content: '' }], origin);
  if (earlier?.verdict !== 'same') return { ...origin, isReplay: false };
  return { atMs: earlier.atMs, traceId: earlier.traceId, isReplay: true };
}

/** Returns the lines with an `eventId` that was used for other content. */
async function findReused<
  Event extends { eventId?: string },
  Message extends { eventId: string; userId: string },
>(
  ingestion: Pick<Ingestion<never, Message>, 'memory' | 'contentOf'>,
  lines: Line<Event, Message>[],
  origin: First,
): Promise<Line<Event, Message>[]> {
  const named = lines.filter(({ event }) => event.eventId !== undefined);
  if (named.length === 0) return [];
  const claims = named.flatMap(({ message }) => claimsOf(ingestion, message, null, EVENT_IDS));
  const earlier = await ingestion.memory.claim(claims, origin);
  return named.filter((_, index) => earlier[index]?.verdict === 'other');
}

/** Takes about a millisecond, so that single events of others need not wait for a whole batch. */
const LINES_IN_A_TURN = 100;

function mayWriteFor(call: Call, userId: string): boolean {
  try {
    requireOwnBody(call.principal, userId);
    return true;
  } catch {
    return false;
  }
}

function consentRejection(ingestion: Pick<Ingestion<never, never>, 'consentProblemOf'>, userId: string) {
  const code = ingestion.consentProblemOf?.(userId) ?? null;
  return code && { code, message: PROBLEMS[code].detail };
}

function noneAccepted(rejected: RejectedLine[]): AppError {
  const { code, ...faults } = problemOfBatch(rejected);
  return code === 'idempotency_key_reused' ? keyReused() : problem(code, faults);
}
