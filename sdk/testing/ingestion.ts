import type { BatchReceived, RejectedLine } from '../contracts/common.ts';
import { EmotionEvent } from '../contracts/emotion.ts';
import { LIMITS } from '../contracts/limits.ts';
import type { ProblemDetail } from '../contracts/problem.ts';
import { Transaction } from '../contracts/transaction.ts';
import { uuidv7 } from '../uuid.ts';
import { errorsOf, readEventTime } from './check.ts';
import { type FakeCall, type Handlers, requireOwn } from './door.ts';
import { invalid, Refusal } from './refusal.ts';
import { type FakeState, isoTime } from './state.ts';

type Stored = { userId: string; eventId: string; atMs: number };

/** What is particular to a kind of event. */
interface Kind<Event> {
  schema: typeof EmotionEvent | typeof Transaction;
  store: Map<string, Stored>;
  /** Its time, or what is wrong with the event beyond its schema. */
  read(event: Event): number | ProblemDetail;
}

/** Events in: each is stored once under its user and id, as the API does a moment after its 202. */
export function createIngestion(
  state: FakeState,
): Pick<Handlers, 'sendEmotion' | 'sendEmotionBatch' | 'sendTransaction' | 'sendTransactionBatch'> {
  const emotions: Kind<EmotionEvent> = {
    schema: EmotionEvent,
    store: state.emotions,
    read: ({ timestamp }) => timeOf(timestamp, '/timestamp', state.now()),
  };
  const transactions: Kind<Transaction> = {
    schema: Transaction,
    store: state.transactions,
    read({ amount, occurredAt }) {
      if (Math.round(amount * 100) / 100 !== amount) {
        return { path: '/amount', message: 'must have at most 2 decimals' };
      }
      return timeOf(occurredAt ?? isoTime(state.now()), '/occurredAt', state.now());
    },
  };
  return {
    sendEmotion(call) {
      const { eventId } = receive(state, emotions, call);
      return { status: 'event received', traceId: call.traceId, eventId };
    },
    sendTransaction(call) {
      const { userId, eventId } = receive(state, transactions, call);
      return { status: 'event received', userId, eventId };
    },
    sendEmotionBatch: (call) => receiveBatch(state, emotions, call),
    sendTransactionBatch: (call) => receiveBatch(state, transactions, call),
  };
}

type AnyEvent = { userId: string; eventId?: string };

function receive<Event extends AnyEvent>(state: FakeState, kind: Kind<Event>, call: FakeCall): Stored {
  const event = call.body as Event;
  const read = kind.read(event);
  if (typeof read !== 'number') throw invalid([{ ...read, path: `/body${read.path}` }]);
  return keep(kind, event, eventIdOf(state, event, call.idempotencyKey), read);
}

function keep<Event extends AnyEvent>(
  kind: Kind<Event>,
  event: Event,
  eventId: string,
  atMs: number,
): Stored {
  const stored = { ...event, userId: event.userId.toLowerCase(), eventId, atMs };
  const place = `${stored.userId}:${eventId}`;
  if (!kind.store.has(place)) kind.store.set(place, stored);
  return stored;
}

/** Its own id, else the idempotency key as one, else a new one. */
function eventIdOf(state: FakeState, event: AnyEvent, key: string | null): string {
  if (event.eventId) return event.eventId.toLowerCase();
  if (key === null) return uuidv7();
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(key)) return key.toLowerCase();
  const place = `${event.userId.toLowerCase()}:${key}`;
  const known = state.eventIds.get(place) ?? uuidv7();
  state.eventIds.set(place, known);
  return known;
}

function receiveBatch<Event extends AnyEvent>(
  state: FakeState,
  kind: Kind<Event>,
  call: FakeCall,
): BatchReceived {
  const rejected: RejectedLine[] = [];
  const accepted: (() => void)[] = [];
  for (const { line, text } of linesOf(call.text)) {
    const refusal = readLine(kind, text, call, (event, atMs) => {
      const key = call.idempotencyKey === null ? null : `${call.idempotencyKey}:${line}`;
      accepted.push(() => void keep(kind, event, eventIdOf(state, event, key), atMs));
    });
    if (refusal) rejected.push({ line, ...refusal });
  }
  if (accepted.length === 0) throw noneAccepted(rejected);
  for (const store of accepted) store();
  return { accepted: accepted.length, rejected, traceId: call.traceId };
}

/** Hands a good line on, or answers what is wrong with it. */
function readLine<Event extends AnyEvent>(
  kind: Kind<Event>,
  text: string,
  call: FakeCall,
  accept: (event: Event, atMs: number) => void,
): Omit<RejectedLine, 'line'> | null {
  let event: Event;
  try {
    event = JSON.parse(text) as Event;
  } catch {
    return { code: 'malformed_line', message: 'not valid JSON' };
  }
  const errors = errorsOf(kind.schema, event);
  if (errors.length > 0) return { code: 'invalid_event', message: sentence(errors) };
  try {
    requireOwn(call.caller, event.userId);
  } catch {
    return { code: 'not_your_user', message: 'The token is not of this user.' };
  }
  const read = kind.read(event);
  if (typeof read !== 'number') return { code: 'invalid_event', message: sentence([read]) };
  accept(event, read);
  return null;
}

function linesOf(body: string): { line: number; text: string }[] {
  const lines = body
    .split('\n')
    .map((text, index) => ({ line: index + 1, text: text.trim() }))
    .filter(({ text }) => text !== '');
  if (lines.length === 0) throw invalid([{ path: '/body', message: 'the batch has no events' }]);
  if (lines.length <= LIMITS.batchLinesMax) return lines;
  const message = `the batch has ${lines.length} events; at most ${LIMITS.batchLinesMax} are taken`;
  throw invalid([{ path: '/body', message }]);
}

function noneAccepted(rejected: RejectedLine[]): Refusal {
  if (rejected.every(({ code }) => code === 'not_your_user')) {
    return new Refusal(403, 'not_your_user', 'The token is not of this user.');
  }
  return invalid(rejected.slice(0, 20).map(({ line, message }) => ({ path: `/body/${line}`, message })));
}

function timeOf(text: string, path: string, nowMs: number): number | ProblemDetail {
  const read = readEventTime(text, nowMs);
  return typeof read === 'number' ? read : { path, message: read };
}

function sentence(errors: ProblemDetail[]): string {
  return errors.map(({ path, message }) => `${path} ${message}`).join('; ');
}
