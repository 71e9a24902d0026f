import { parseWellFormed } from '../../sdk/contracts/text.ts';
import type { TSchema } from '@sinclair/typebox';
import { type BatchReceived, LIMITS, type RejectedLine } from '../../sdk/contracts/common.ts';
import type { ProblemDetail } from '../../sdk/contracts/problem.ts';
import { type AppError, invalid, problem } from '../kernel/errors.ts';
import {
  answerOf,
  claimsOf,
  eventIdOf,
  hashToUuid,
  type Ingestion,
  isProblem,
  KEY_REUSED,
  keyReused,
  toOutgoing,
} from './ingest.ts';
import type { First } from './key-memory.ts';
import { requireOwnBody } from '../http/request.ts';
import type { HandlerResult, Call } from '../http/service.ts';
import { createValidator } from '../kernel/validation.ts';

type Line<Event, Message> = { line: number; event: Event; message: Message };

/**
 * Takes NDJSON line by line: the good lines are published, the others listed. 422 (or 403) when none is good.
 */
export function createBatchReceiver<
  Event extends { userId: string; eventId?: string },
  Message extends { eventId: string; userId: string },
>(ingestion: Ingestion<Event, Message>, schema: TSchema): (call: Call) => Promise<HandlerResult> {
  const validator = createValidator(schema);

  const readLine = (
    text: string,
    call: Call,
    origin: First,
    nameLine: ((message: Message) => string) | null,
  ): { event: Event; message: Message } | Omit<RejectedLine, 'line'> => {
    const value = parseLine(text);
    if (value === undefined) return { code: 'malformed_line', message: 'not valid JSON' };
    const checked = validator.check(value);
    if (!checked.ok) return { code: 'invalid_event', message: sentence(checked.errors) };
    const event = checked.value as Event;
    if (!mayWriteFor(call, event.userId)) {
      return { code: 'not_your_user', message: 'The token is not of this user.' };
    }
    const message = ingestion.toMessage(event, { ...origin, eventId: eventIdOf(event, null) });
    if (isProblem(message)) return { code: 'invalid_event', message: sentence([message]) };
    if (event.eventId !== undefined || nameLine === null) return { event, message };
    return { event, message: { ...message, eventId: nameLine(message) } };
  };

  return async (call) => {
    const lines = linesOf(call.text);
    const { isReplay, ...origin } = await recallBatch(ingestion, call);
    const nameLine = createLineNames(ingestion, call.idempotencyKey);
    const rejected: RejectedLine[] = [];
    const parsedLines: Line<Event, Message>[] = [];
    for (const [at, { line, text }] of lines.entries()) {
      if (at % LINES_IN_A_TURN === LINES_IN_A_TURN - 1) await new Promise(setImmediate);
      const result = readLine(text, call, origin, nameLine);
      if ('event' in result) parsedLines.push({ line, ...result });
      else rejected.push({ line, ...result });
    }
    const reused = await findReused(ingestion, parsedLines, origin);
    rejected.push(...reused.map(({ line }) => ({ line, code: KEY_REUSED, message: REUSED_ID })));
    if (reused.length === parsedLines.length) throw noneAccepted(rejected);
    const accepted = parsedLines.filter((line) => !reused.includes(line));
    await ingestion.bus.publishEvents(
      ingestion.topic,
      accepted.map(({ message }) => toOutgoing(message)),
    );
    const received: BatchReceived = {
      accepted: accepted.length,
      rejected: rejected.toSorted((a, b) => a.line - b.line),
      traceId: origin.traceId,
    };
    return answerOf(received, isReplay);
  };
}

/** When and under which trace this very batch came first under its key. */
async function recallBatch(
  { memory, now }: Pick<Ingestion<never, never>, 'memory' | 'now'>,
  call: Call,
): Promise<First & { isReplay: boolean }> {
  const origin = { atMs: now(), traceId: call.traceId };
  const { principal, idempotencyKey } = call;
  if (idempotencyKey === null) return { ...origin, isReplay: false };
  const scope = principal.kind === 'customer' ? principal.userId : principal.kind;
  // The body is part of the place: a corrected batch may come under the same key.
  const place = ['batch', scope, idempotencyKey, call.text];
  const [earlier] = await memory.claim([{ place, content: '' }], origin);
  if (earlier?.verdict !== 'same') return { ...origin, isReplay: false };
  return { atMs: earlier.atMs, traceId: earlier.traceId, isReplay: true };
}

/**
 * Names the lines of a batch with a key that have no ids of their own, by key and content: a line keeps its
 * id wherever it stands in a corrected batch, and of equal lines each has another.
 */
function createLineNames<Message extends { eventId: string; userId: string }>(
  ingestion: Pick<Ingestion<never, Message>, 'contentOf'>,
  idempotencyKey: string | null,
): ((message: Message) => string) | null {
  if (idempotencyKey === null) return null;
  const counts = new Map<string, number>();
  return (message) => {
    const content = `${message.userId}\n${JSON.stringify(ingestion.contentOf(message))}`;
    const count = counts.get(content) ?? 0;
    counts.set(content, count + 1);
    return hashToUuid(`${idempotencyKey}\n${content}\n${count}`);
  };
}

/** The lines that have ids of their own which were used for another content. */
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
  const claims = named.flatMap(({ message }) => claimsOf(ingestion, message, null));
  const earlier = await ingestion.memory.claim(claims, origin);
  return named.filter((_, index) => earlier[index]?.verdict === 'other');
}

/** So many take about a millisecond: others' single events do not wait until a batch is checked. */
const LINES_IN_A_TURN = 100;

const REUSED_ID = 'its eventId came with other content before';

function linesOf(body: string): { line: number; text: string }[] {
  const lines = body
    .split('\n')
    .map((text, index) => ({ line: index + 1, text: text.trim() }))
    .filter(({ text }) => text !== '');
  if (lines.length === 0) throw invalid([{ path: '/body', message: 'the batch has no events' }]);
  if (lines.length > LIMITS.batchLinesMax) {
    const message = `the batch has ${lines.length} events; at most ${LIMITS.batchLinesMax} are taken`;
    throw invalid([{ path: '/body', message }]);
  }
  return lines;
}

function parseLine(text: string): unknown {
  try {
    return parseWellFormed(text);
  } catch {
    return undefined;
  }
}

function mayWriteFor(call: Call, userId: string): boolean {
  try {
    requireOwnBody(call.principal, userId);
    return true;
  } catch {
    return false;
  }
}

function noneAccepted(rejected: RejectedLine[]): AppError {
  if (rejected.every(({ code }) => code === 'not_your_user')) {
    return problem('not_your_user');
  }
  if (rejected.every(({ code }) => code === KEY_REUSED)) return keyReused();
  return invalid(rejected.slice(0, 20).map(({ line, message }) => ({ path: `/body/${line}`, message })));
}

function sentence(errors: ProblemDetail[]): string {
  return errors.map(({ path, message }) => `${path} ${message}`).join('; ');
}
