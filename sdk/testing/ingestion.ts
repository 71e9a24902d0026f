import { parseWellFormed } from '../contracts/text.ts';
import { type BatchReceived, isUuid, type RejectedLine } from '../contracts/common.ts';
import { EmotionEvent } from '../contracts/emotion.ts';
import { LIMITS } from '../contracts/limits.ts';
import type { ProblemDetail } from '../contracts/problem.ts';
import { Transaction } from '../contracts/transaction.ts';
import { uuidv7 } from '../core/uuid.ts';
import { errorsOf, readEventTime } from './check.ts';
import { type FakeCall, type Handlers, requireOwn, userIdOf } from './door.ts';
import { claimEventKey, KEY_REUSED, type KeyClaim, keyReused } from './event-keys.ts';
import { type Refusal, invalid, refuse } from './refusal.ts';
import { type FakeState, isoTime } from './state.ts';

type Stored = { userId: string; eventId: string; atMs: number };

/** The particulars of a kind of event. */
interface Kind<Event> {
  topic: string;
  schema: typeof EmotionEvent | typeof Transaction;
  store: Map<string, Stored>;
  /** Returns its time, or the fault of the event beyond its schema. */
  read(event: Event, nowMs: number): number | ProblemDetail;
  /** All content of the client's besides the owner and the id: equal for equal events. */
  contentOf(event: Event): unknown[];
}

/** Events in: each is stored once under its user and id, as the API does a moment after its 202. */
export function createIngestion(
  state: FakeState,
): Pick<Handlers, 'sendEmotion' | 'sendEmotionBatch' | 'sendTransaction' | 'sendTransactionBatch'> {
  const emotions: Kind<EmotionEvent> = {
    topic: 'emotions',
    schema: EmotionEvent,
    store: state.emotions,
    read: ({ timestamp }, nowMs) => timeOf(timestamp, '/timestamp', nowMs),
    contentOf({ timestamp, timestampAssigned, emotionEvent: { type, metrics } }) {
      const { positivity, intensity, stress_level } = metrics;
      const time = timestampAssigned ? null : readEventTime(timestamp, state.now());
      return [time, type, positivity, intensity, stress_level];
    },
  };
  const transactions: Kind<Transaction> = {
    topic: 'transactions',
    schema: Transaction,
    store: state.transactions,
    read({ amount, occurredAt }, nowMs) {
      if (Math.round(amount * 100) / 100 !== amount) {
        return { path: '/amount', message: 'must have at most 2 decimals' };
      }
      return timeOf(occurredAt ?? isoTime(nowMs), '/occurredAt', nowMs);
    },
    contentOf({ amount, occurredAt, occurredAtAssigned }) {
      const isOwn = occurredAt !== undefined && !occurredAtAssigned;
      return [isOwn ? readEventTime(occurredAt, state.now()) : null, amount];
    },
  };
  return {
    sendEmotion: (call) =>
      receive(state, emotions, call, ({ eventId }, traceId) => ({
        status: 'event received',
        traceId,
        eventId,
      })),
    sendTransaction: (call) =>
      receive(state, transactions, call, ({ userId, eventId }) => ({
        status: 'event received',
        userId,
        eventId,
      })),
    sendEmotionBatch: (call) => receiveBatch(state, emotions, call),
    sendTransactionBatch: (call) => receiveBatch(state, transactions, call),
  };
}

type AnyEvent = { userId: string; eventId?: string };

function receive<Event extends AnyEvent>(
  state: FakeState,
  kind: Kind<Event>,
  call: FakeCall,
  answer: (stored: Stored, traceId: string) => object,
): Response | object {
  const event = call.body as Event;
  const origin = { atMs: state.now(), traceId: call.traceId };
  const atMs = kind.read(event, origin.atMs);
  if (typeof atMs !== 'number') throw invalid([{ ...atMs, path: `/body${atMs.path}` }]);
  const { idempotencyKey: key } = call;
  const eventId = eventIdOf(state, event, key);
  if (key === null && event.eventId === undefined)
    return answer(keep(kind, event, eventId, atMs), call.traceId);
  const ids = key === null ? [eventId] : [eventId, eventIdOf(state, { userId: event.userId }, key)];
  const claims = [...new Set(ids)].map((id) =>
    claimEventKey(state, claimOf(kind, event, eventId, id), origin),
  );
  if (claims.includes('other')) throw keyReused();
  const [first] = claims;
  const stored = keep(kind, event, eventId, atMs);
  return typeof first === 'object' ? replayOf(answer(stored, first.traceId)) : answer(stored, call.traceId);
}

function claimOf<Event extends AnyEvent>(
  kind: Kind<Event>,
  event: Event,
  eventId: string,
  id: string,
): KeyClaim {
  const place = [kind.topic, event.userId.toLowerCase(), id];
  return { place: place.join('\n'), content: JSON.stringify([eventId, ...kind.contentOf(event)]) };
}

function replayOf(answer: object): Response {
  return Response.json(answer, { status: 202, headers: { 'idempotency-replayed': 'true' } });
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
  if (isUuid(key)) return key.toLowerCase();
  return nameOf(state, `${event.userId.toLowerCase()}:${key}`);
}

/** The id that stands for a text, always the same one. */
function nameOf(state: FakeState, text: string): string {
  const eventId = state.eventIds.get(text) ?? uuidv7();
  state.eventIds.set(text, eventId);
  return eventId;
}

function receiveBatch<Event extends AnyEvent>(
  state: FakeState,
  kind: Kind<Event>,
  call: FakeCall,
): Response | object {
  const { idempotencyKey: key } = call;
  const lines = linesOf(call.text);
  const place = [kind.topic, 'batch', userIdOf(call.caller), key, call.text].join('\n');
  const now = { atMs: state.now(), traceId: call.traceId };
  const claim = key === null ? 'new' : claimEventKey(state, { place, content: '' }, now);
  const origin = typeof claim === 'object' ? claim : now;
  const rejected: RejectedLine[] = [];
  const accepted: (() => void)[] = [];
  const counts = new Map<string, number>();
  for (const { line, text } of lines) {
    const refusal = readLine(kind, text, call, origin.atMs, (event, atMs) => {
      if (event.eventId !== undefined) {
        const claim = claimOf(kind, event, event.eventId.toLowerCase(), event.eventId.toLowerCase());
        if (claimEventKey(state, claim, origin) === 'other') return REUSED_ID;
      }
      const content = `${key}\n${event.userId.toLowerCase()}\n${JSON.stringify(kind.contentOf(event))}`;
      const count = counts.get(content) ?? 0;
      counts.set(content, count + 1);
      const isNamedByKey = key !== null && event.eventId === undefined;
      const id = isNamedByKey ? nameOf(state, `${content}\n${count}`) : eventIdOf(state, event, null);
      accepted.push(() => void keep(kind, event, id, atMs));
      return null;
    });
    if (refusal) rejected.push({ line, ...refusal });
  }
  if (accepted.length === 0) throw noneAccepted(rejected);
  for (const store of accepted) store();
  const received: BatchReceived = { accepted: accepted.length, rejected, traceId: origin.traceId };
  return typeof claim === 'object' ? replayOf(received) : received;
}

const REUSED_ID = { code: KEY_REUSED, message: 'its eventId came with other content before' };

/** Accepts a good line, or returns its fault. */
function readLine<Event extends AnyEvent>(
  kind: Kind<Event>,
  text: string,
  call: FakeCall,
  nowMs: number,
  accept: (event: Event, atMs: number) => Omit<RejectedLine, 'line'> | null,
): Omit<RejectedLine, 'line'> | null {
  let event: Event;
  try {
    event = parseWellFormed(text) as Event;
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
  const outcome = kind.read(event, nowMs);
  return typeof outcome === 'number'
    ? accept(event, outcome)
    : { code: 'invalid_event', message: sentence([outcome]) };
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
    return refuse('not_your_user');
  }
  if (rejected.every(({ code }) => code === KEY_REUSED)) return keyReused();
  return invalid(rejected.slice(0, 20).map(({ line, message }) => ({ path: `/body/${line}`, message })));
}

function timeOf(text: string, path: string, nowMs: number): number | ProblemDetail {
  const outcome = readEventTime(text, nowMs);
  return typeof outcome === 'number' ? outcome : { path, message: outcome };
}

function sentence(errors: ProblemDetail[]): string {
  return errors.map(({ path, message }) => `${path} ${message}`).join('; ');
}
