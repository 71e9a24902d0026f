import type { BatchReceived, FactSource, RejectedLine } from '../contracts/common.ts';
import type { EmotionEvent } from '../contracts/emotion.ts';
import {
  createLineReader,
  linesOf,
  problemOfBatch,
  type ReadLine,
  REUSED_ID,
} from '../contracts/events/event-batch.ts';
import { claimsOf, eventIdOf, type EventIds, idsOfSender } from '../contracts/events/event-id.ts';
import { EMOTIONS, type EventKind, isFault, TRANSACTIONS } from '../contracts/events/event-kind.ts';
import type { ProblemDetail } from '../contracts/problem.ts';
import { PROBLEMS } from '../contracts/problems.ts';
import type { Transaction } from '../contracts/transaction.ts';
import { uuidv7 } from '../core/uuid.ts';
import { isWithdrawn } from './consents.ts';
import { check } from './check.ts';
import { isCustomer, requireOwnBody, scopeOf } from './principal.ts';
import type { FakeCall, Handlers } from './request-handler.ts';
import { claimEventKey, keyReused } from './event-keys.ts';
import { invalid, type ApiProblem, problem } from './problems.ts';
import type { FakeState } from './state.ts';

/** Events in: each is stored once under its user and id, as the API does a moment after its 202. */
export function createIngestion(
  state: FakeState,
): Pick<Handlers, 'sendEmotion' | 'sendEmotionBatch' | 'sendTransaction' | 'sendTransactionBatch'> {
  const emotions: Stream<EmotionEvent, MessageOf<typeof EMOTIONS>> = {
    topic: 'emotions',
    kind: EMOTIONS,
    stored: state.emotions,
    timeOf: ({ timestamp }) => timestamp,
  };
  const transactions: Stream<Transaction, MessageOf<typeof TRANSACTIONS>> = {
    topic: 'transactions',
    kind: TRANSACTIONS,
    stored: state.transactions,
    timeOf: ({ occurredAt }) => occurredAt,
  };
  return {
    sendEmotion: (call) =>
      receive(state, emotions, call, ({ traceId, eventId }) => ({
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

interface Stream<Event, Message> {
  topic: string;
  kind: EventKind<Event, Message>;
  stored: Map<string, object>;
  /** Returns the time at which the event happened. */
  timeOf(message: Message): string;
}

type MessageOf<Kind> = Kind extends EventKind<never, infer Message> ? Message : never;
type AnyEvent = { userId: string; eventId?: string };
type AnyMessage = { userId: string; eventId: string; traceId: string; source?: FactSource };

function receive<Event extends AnyEvent, Message extends AnyMessage>(
  state: FakeState,
  stream: Stream<Event, Message>,
  call: FakeCall,
  toBody: (message: Message) => object,
): Response | object {
  const { kind } = stream;
  const event = call.body as Event;
  const rejection = consentRejectionOf(state, stream.topic, event.userId);
  if (rejection) throw problem(rejection.code);
  const { idempotencyKey } = call;
  const ids = idsOf(state, call);
  const eventId = eventIdOf(event, idempotencyKey, ids);
  const source = sourceOf(call);
  const arrival = { eventId, atMs: state.now(), traceId: call.traceId, source };
  const message = requireMessage(kind.toMessage(event, arrival));
  if (idempotencyKey === null && event.eventId === undefined) {
    store(stream, event, message);
    return toBody(message);
  }
  const claims = claimsOf(kind, message, idempotencyKey, ids).map((claim) =>
    claimEventKey(state, stream.topic, claim, arrival),
  );
  if (claims.includes('other')) throw keyReused();
  const [first] = claims;
  const isReplay = typeof first === 'object';
  const kept = isReplay ? requireMessage(kind.toMessage(event, { ...first, eventId, source })) : message;
  store(stream, event, kept);
  return isReplay ? replayOf(toBody(kept)) : toBody(kept);
}

function receiveBatch<Event extends AnyEvent, Message extends AnyMessage>(
  state: FakeState,
  stream: Stream<Event, Message>,
  call: FakeCall,
): Response | object {
  const { kind } = stream;
  const { idempotencyKey } = call;
  const lines = linesOf(call.text);
  if (isFault(lines)) throw invalid([lines]);
  const now = { atMs: state.now(), traceId: call.traceId };
  const place = ['batch', scopeOf(call.principal), idempotencyKey ?? '', call.text];
  const claim =
    idempotencyKey === null ? 'new' : claimEventKey(state, stream.topic, { place, content: '' }, now);
  const arrival = typeof claim === 'object' ? claim : now;
  const ids = idsOf(state, call);
  const readLine = createLineReader<Event, Message>({
    kind,
    check: (value) => check(kind.schema, value),
    mayWriteFor: (userId) => mayWriteFor(call, userId),
    consentRejectionOf: (userId) => consentRejectionOf(state, stream.topic, userId),
    arrival: { ...arrival, source: sourceOf(call) },
    idempotencyKey,
    ids,
  });
  const rejected: RejectedLine[] = [];
  const accepted: ReadLine<Event, Message>[] = [];
  for (const { line, text } of lines) {
    const result = readLine(text);
    if (!('event' in result)) rejected.push({ line, ...result });
    else if (isReused(state, stream, result, arrival, ids)) rejected.push({ line, ...REUSED_ID });
    else accepted.push(result);
  }
  if (accepted.length === 0) throw noneAccepted(rejected);
  for (const { event, message } of accepted) store(stream, event, message);
  const received: BatchReceived = { accepted: accepted.length, rejected, traceId: arrival.traceId };
  return typeof claim === 'object' ? replayOf(received) : received;
}

/** Whether the id that the event brings was used for other content. */
function isReused<Event extends AnyEvent, Message extends AnyMessage>(
  state: FakeState,
  { kind, topic }: Stream<Event, Message>,
  { event, message }: ReadLine<Event, Message>,
  arrival: { atMs: number; traceId: string },
  ids: EventIds,
): boolean {
  if (event.eventId === undefined) return false;
  const claims = claimsOf(kind, message, null, ids);
  return claims.some((claim) => claimEventKey(state, topic, claim, arrival) === 'other');
}

function store<Event extends AnyEvent, Message extends AnyMessage>(
  { stored, timeOf }: Stream<Event, Message>,
  event: Event,
  message: Message,
): void {
  const { userId, eventId, source } = message;
  const place = `${userId}:${eventId}`;
  if (stored.has(place)) return;
  stored.set(place, { ...event, userId, eventId, source, atMs: Date.parse(timeOf(message)) });
}

/** Returns the reporter of the events of a call, by its principal alone. */
const sourceOf = ({ principal }: FakeCall): FactSource => (isCustomer(principal) ? 'customer' : 'platform');

/** Each text has a UUID of its own, remembered: a browser hashes asynchronously alone. */
function idsOf({ eventIds }: FakeState, { principal }: FakeCall): EventIds {
  const ids: EventIds = {
    newId: uuidv7,
    idOf(text) {
      const eventId = eventIds.get(text) ?? uuidv7();
      eventIds.set(text, eventId);
      return eventId;
    },
  };
  return idsOfSender(ids, scopeOf(principal));
}

function replayOf(body: object): Response {
  return Response.json(body, { status: 202, headers: { 'idempotency-replayed': 'true' } });
}

function requireMessage<Message extends AnyMessage>(message: Message | ProblemDetail): Message {
  if (isFault(message)) throw invalid([{ ...message, path: `/body${message.path}` }]);
  return message;
}

function mayWriteFor({ principal }: FakeCall, userId: string): boolean {
  try {
    requireOwnBody(principal, userId);
    return true;
  } catch {
    return false;
  }
}

function consentRejectionOf(state: FakeState, topic: string, userId: string) {
  if (topic !== 'emotions' || !isWithdrawn(state, userId.toLowerCase(), 'emotion_capture')) return null;
  return { code: 'consent_withdrawn', message: PROBLEMS.consent_withdrawn.detail } as const;
}

function noneAccepted(rejected: RejectedLine[]): ApiProblem {
  const { code, ...faults } = problemOfBatch(rejected);
  return code === 'idempotency_key_reused' ? keyReused() : problem(code, faults);
}
