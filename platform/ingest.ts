import { createHash } from 'node:crypto';
import type { TSchema } from '@sinclair/typebox';
import { type BatchReceived, LIMITS, type RejectedLine } from '../sdk/contracts/common.ts';
import type { ProblemDetail } from '../sdk/contracts/problem.ts';
import type { Bus, OutgoingEvent } from './bus.ts';
import { AppError, invalid } from './errors.ts';
import type { Failpoint } from './failpoint.ts';
import { requireOwnBody } from './request.ts';
import { type Call } from './service.ts';
import type { TopicName } from './topology.ts';
import { createValidator } from './validation.ts';

/**
 * The door of a stream: an event is checked, given its id, and answered with 202 only after the broker's
 * PubAck. What is particular to a kind of event is its schema and `toMessage`.
 */
export interface Ingestion<
  Event extends { userId: string; eventId?: string },
  Message extends { eventId: string; userId: string },
> {
  bus: Bus;
  topic: TopicName;
  failpoint?: Failpoint;
  /** The message to publish, or what is wrong with the event beyond its schema. */
  toMessage(event: Event, id: { eventId: string; traceId: string }): Message | ProblemDetail;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The id under which an event is stored once: its own, else the request's idempotency key (as it is when it
 * is a UUID, else hashed with the user), else a new one.
 */
export function eventIdOf(
  event: { userId: string; eventId?: string },
  idempotencyKey: string | null,
): string {
  if (event.eventId) return event.eventId.toLowerCase();
  if (idempotencyKey === null) return Bun.randomUUIDv7();
  if (UUID.test(idempotencyKey)) return idempotencyKey.toLowerCase();
  return hashToUuid(`${event.userId.toLowerCase()}:${idempotencyKey}`);
}

/** A UUID (version 8) from a text. */
function hashToUuid(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16);
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x80;
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5');
}

/** Takes one event; throws AppError 403, 422 or 503. Resolves after the PubAck. */
export async function receiveEvent<
  Event extends { userId: string; eventId?: string },
  Message extends { eventId: string; userId: string },
>(ingestion: Ingestion<Event, Message>, call: Call<Event>): Promise<Message> {
  requireOwnBody(call.caller, call.body.userId);
  const eventId = eventIdOf(call.body, call.idempotencyKey);
  const message = ingestion.toMessage(call.body, { eventId, traceId: call.traceId });
  if (isProblem(message)) throw invalid([{ ...message, path: `/body${message.path}` }]);
  await ingestion.bus.publishEvent(ingestion.topic, toOutgoing(message));
  ingestion.failpoint?.('ingest.published');
  return message;
}

/**
 * Takes NDJSON line by line: the good lines are published, the others listed. 422 (or 403) when none is good.
 */
export function createBatchReceiver<
  Event extends { userId: string; eventId?: string },
  Message extends { eventId: string; userId: string },
>(ingestion: Ingestion<Event, Message>, schema: TSchema): (call: Call) => Promise<BatchReceived> {
  const validator = createValidator(schema);

  const readLine = (text: string, line: number, call: Call): Message | Omit<RejectedLine, 'line'> => {
    const value = parseLine(text);
    if (value === undefined) return { code: 'malformed_line', message: 'not valid JSON' };
    const checked = validator.check(value);
    if (!checked.ok) return { code: 'invalid_event', message: sentence(checked.errors) };
    const event = checked.value as Event;
    if (!mayWriteFor(call, event.userId)) {
      return { code: 'not_your_user', message: 'The token is not of this user.' };
    }
    const key = call.idempotencyKey === null ? null : `${call.idempotencyKey}:${line}`;
    const message = ingestion.toMessage(event, { eventId: eventIdOf(event, key), traceId: call.traceId });
    return isProblem(message) ? { code: 'invalid_event', message: sentence([message]) } : message;
  };

  return async (call) => {
    const rejected: RejectedLine[] = [];
    const accepted: OutgoingEvent[] = [];
    for (const { line, text } of linesOf(call.text)) {
      const read = readLine(text, line, call);
      if ('eventId' in read) accepted.push(toOutgoing(read));
      else rejected.push({ line, ...read });
    }
    if (accepted.length === 0) throw noneAccepted(rejected);
    await ingestion.bus.publishEvents(ingestion.topic, accepted);
    return { accepted: accepted.length, rejected, traceId: call.traceId };
  };
}

function toOutgoing(message: { userId: string }): OutgoingEvent {
  return { userId: message.userId, line: JSON.stringify(message) };
}

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
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function mayWriteFor(call: Call, userId: string): boolean {
  try {
    requireOwnBody(call.caller, userId);
    return true;
  } catch {
    return false;
  }
}

function noneAccepted(rejected: RejectedLine[]): AppError {
  if (rejected.every(({ code }) => code === 'not_your_user')) {
    return new AppError(403, 'not_your_user', 'The token is not of this user.');
  }
  return invalid(rejected.slice(0, 20).map(({ line, message }) => ({ path: `/body/${line}`, message })));
}

function isProblem(value: object): value is ProblemDetail {
  return 'path' in value && 'message' in value && !('eventId' in value);
}

function sentence(errors: ProblemDetail[]): string {
  return errors.map(({ path, message }) => `${path} ${message}`).join('; ');
}
