import type { TSchema } from '@sinclair/typebox';
import type { FactSource } from '../common.ts';
import { EmotionEvent } from '../emotion.ts';
import type { ProblemDetail } from '../problem.ts';
import { Transaction } from '../transaction.ts';
import { isWholeCents, NOT_WHOLE_CENTS } from '../whole-cents.ts';
import { readEventTime } from './event-time.ts';
import { faultOfEventId } from './no-id.ts';

/**
 * The rules of a kind of event, the same for ingestion and for the API in memory: its schema, the faults that
 * a schema cannot name, the message that is kept of it, and its identity besides owner and id.
 */
export interface EventKind<Event, Message> {
  schema: TSchema;
  /** Returns the message to keep, or the fault of the event beyond its schema. */
  toMessage(event: Event, arrival: Arrival): Message | ProblemDetail;
  /** Returns all content that came from the client, besides owner, id and source: equal for equal events. */
  contentOf(message: Message): unknown[];
}

/** The id of an event, the time and the trace of its first arrival, and its reporter. */
export interface Arrival {
  eventId: string;
  atMs: number;
  traceId: string;
  source: FactSource;
}

/** `source` is absent from messages of the version that kept none: those count as the customer's. */
type Named = { eventId: string; traceId: string; source?: FactSource };

export const EMOTIONS: EventKind<EmotionEvent, EmotionEvent & Named> = {
  schema: EmotionEvent,
  toMessage(event, { eventId, traceId, atMs, source }) {
    const fault = faultOfEventId(event);
    if (fault) return fault;
    const at = readEventTime(event.timestamp, atMs);
    if (typeof at === 'string') return { path: '/timestamp', message: at };
    const { type, metrics } = event.emotionEvent;
    return {
      userId: event.userId.toLowerCase(),
      timestamp: at.text,
      ...(event.timestampAssigned ? { timestampAssigned: true } : {}),
      emotionEvent: { type, metrics },
      eventId,
      traceId,
      source,
    };
  },
  contentOf({ timestamp, timestampAssigned, emotionEvent: { type, metrics } }) {
    const { positivity, intensity, stress_level } = metrics;
    return [timestampAssigned ? null : timestamp, type, positivity, intensity, stress_level];
  },
};

export const TRANSACTIONS: EventKind<Transaction, Transaction & Named & { occurredAt: string }> = {
  schema: Transaction,
  toMessage(transaction, { eventId, traceId, atMs, source }) {
    const fault = faultOfEventId(transaction);
    if (fault) return fault;
    if (!isWholeCents(transaction.amount)) return { path: '/amount', message: NOT_WHOLE_CENTS };
    const { occurredAt, occurredAtAssigned } = transaction;
    const at = readEventTime(occurredAt ?? new Date(atMs).toISOString(), atMs);
    if (typeof at === 'string') return { path: '/occurredAt', message: at };
    return {
      userId: transaction.userId.toLowerCase(),
      amount: transaction.amount,
      eventId,
      occurredAt: at.text,
      ...(occurredAt === undefined || occurredAtAssigned ? { occurredAtAssigned: true } : {}),
      traceId,
      source,
    };
  },
  contentOf: ({ amount, occurredAt, occurredAtAssigned }) => [occurredAtAssigned ? null : occurredAt, amount],
};

export function isFault(value: object): value is ProblemDetail {
  return 'path' in value && 'message' in value && !('eventId' in value);
}
