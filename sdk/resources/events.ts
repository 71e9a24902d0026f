import type { BatchReceived } from '../contracts/common.ts';
import type { EmotionEvent, EmotionReceived, EmotionSummary } from '../contracts/emotion.ts';
import { LIMITS } from '../contracts/limits.ts';
import * as PATHS from '../contracts/paths.ts';
import type { Transaction, TransactionReceived } from '../contracts/transaction.ts';
import { type ApiCall, mapCall } from '../core/api-call.ts';
import { optionsOf } from '../core/check-options.ts';
import { plainObject, requirePlainObject } from '../core/plain-object.ts';
import { EcsArgumentError } from '../core/errors.ts';
import { bytesOf, nameOf, toJson } from '../core/json.ts';
import { nameEvents } from '../writer/event-names.ts';
import { createEventWriter, type EventWriter, type EventWriterOptions } from '../writer/event-writer.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';
import { uuidv7 } from '../core/uuid.ts';

/**
 * `timestamp` is now when it is absent. `eventId` is made by the client, so that a retry never counts twice;
 * by the `idempotencyKey` of the call when there is one, so that the same call in another process does not
 * count twice either.
 */
export type EmotionInput = Omit<EmotionEvent, 'timestamp' | 'timestampAssigned'> & {
  timestamp?: string | Date | undefined;
};
/** `amount` has at most 2 decimals. `occurredAt` is now when it is absent; the id as an emotion's. */
export type TransactionInput = Omit<Transaction, 'occurredAt' | 'occurredAtAssigned'> & {
  occurredAt?: string | Date | undefined;
};

/** The outcome of a batch. `rejected[].line` counts from 1 and is the place in the list that was sent. */
export interface BatchResult extends BatchReceived {
  /** The ids of all events sent, in their order. */
  eventIds: string[];
}

export interface EmotionSummaryOptions extends CallOptions {
  /** 1 to 365. Default 30. */
  days?: number | undefined;
}

export interface Emotions {
  /**
   * Sends one emotion event; resolves when the broker has it. Metrics are shares in 0..1.
   *
   * @example
   * await ecs.emotions.send({
   *   userId,
   *   emotionEvent: { type: 'calm', metrics: { positivity: 0.8, intensity: 0.3, stress_level: 0.1 } },
   * });
   * @throws ValidationError (`idempotency_key_reused`: the key or id came with another body before),
   * PermissionError (another's user), AuthenticationError
   */
  send(event: EmotionInput, options?: WriteOptions): ApiCall<EmotionReceived>;
  /**
   * Sends 1 to 1,000 events (at most 1 MiB) as NDJSON. Good lines are taken although others are not.
   *
   * @example
   * const { accepted, rejected } = await ecs.emotions.sendBatch(events);
   * @throws ValidationError when no line is good; EcsError `batch_too_large` before anything is sent
   */
  sendBatch(events: EmotionInput[], options?: WriteOptions): ApiCall<BatchResult>;
  /**
   * A writer for a steady flow: it batches, keeps the order, waits out an outage in a bounded buffer, and
   * reports the outcome of each event.
   *
   * @example
   * const writer = ecs.emotions.stream({ onOutcome: ({ eventId, status }) => console.log(eventId, status) });
   * for (const event of events) await writer.write(event);
   * await writer.close();
   */
  stream(options?: EventWriterOptions<EmotionInput>): EventWriter<EmotionInput>;
  /**
   * The customer's emotions by UTC day, newest first.
   *
   * @example
   * const { items } = await ecs.emotions.summary(userId, { days: 7 });
   * @throws NotFoundError `user_not_found`, for another customer as well
   */
  summary(userId: string, options?: EmotionSummaryOptions): ApiCall<EmotionSummary>;
}

export interface Transactions {
  /**
   * Sends one transaction; resolves when the broker has it.
   *
   * @example
   * await ecs.transactions.send({ userId, amount: 42.5 });
   * @throws ValidationError (`idempotency_key_reused`: the key or id came with another body before),
   * PermissionError (another's user), AuthenticationError
   */
  send(transaction: TransactionInput, options?: WriteOptions): ApiCall<TransactionReceived>;
  /**
   * Sends 1 to 1,000 transactions (at most 1 MiB) as NDJSON. Good lines are taken although others are not.
   *
   * @example
   * const { accepted, rejected } = await ecs.transactions.sendBatch([{ userId, amount: 42.5 }]);
   * @throws ValidationError when no line is good; EcsError `batch_too_large` before anything is sent
   */
  sendBatch(transactions: TransactionInput[], options?: WriteOptions): ApiCall<BatchResult>;
  /**
   * A writer for a steady flow, as `emotions.stream`.
   *
   * @example
   * const writer = ecs.transactions.stream();
   * await writer.write({ userId, amount: 42.5 });
   * const { accepted, rejected, failed } = await writer.close();
   */
  stream(options?: EventWriterOptions<TransactionInput>): EventWriter<TransactionInput>;
}

export function createEmotions(transport: Transport): Emotions {
  const paths = { one: PATHS.sendEmotion, batch: PATHS.sendEmotionBatch };
  return {
    ...createSender<EmotionInput, EmotionReceived>(transport, paths, 'timestamp'),
    summary: (userId, summaryOptions) =>
      transport.request(() => {
        const { days, ...options } = optionsOf(summaryOptions, 'days');
        return {
          method: 'GET',
          path: PATHS.emotionSummary,
          params: { user_id: userId },
          query: { days },
          options,
          expected: { items: 'array' },
        };
      }),
  };
}

export function createTransactions(transport: Transport): Transactions {
  const paths = { one: PATHS.sendTransaction, batch: PATHS.sendTransactionBatch };
  return createSender<TransactionInput, TransactionReceived>(transport, paths, 'occurredAt');
}

/**
 * Returns the event with its time, now unless the caller gives it; that is marked, since the same event may
 * come again with another.
 */
function withTime<Event extends object>(event: Event, name: keyof Event & string): object {
  const time = event[name];
  return time === undefined
    ? { ...event, [name]: toTimestamp(new Date()), [`${name}Assigned`]: true }
    : { ...event, [name]: toTimestamp(time) };
}

function toTimestamp(time: unknown): string {
  if (typeof time === 'string') return time;
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time.toISOString();
  throw new EcsArgumentError('the time of an event must be a text or a valid Date');
}

/** The three ways to send events of a kind. */
function createSender<Input extends { eventId?: string | undefined }, Received>(
  transport: Transport,
  paths: { one: string; batch: string },
  timeName: keyof Input & string,
) {
  const toEvent = (event: Input) => withTime(event, timeName);
  /** The event with its time and its id. */
  const identify = (event: Input): { eventId: string } => ({
    ...toEvent(event),
    eventId: event.eventId ?? uuidv7(),
  });
  const batchSpec = (ndjson: string, options?: WriteOptions) => ({
    method: 'POST' as const,
    path: paths.batch,
    ndjson,
    options,
    expected: { accepted: 'number', rejected: 'array' } as const,
  });
  const keyOf = (options: WriteOptions | undefined) =>
    options?.idempotencyKey ?? transport.options.idempotencyKey;

  return {
    send: (event: Input, options?: WriteOptions): ApiCall<Received> =>
      transport.request<Received>(() => {
        requirePlainObject(event, 'an event');
        // With a key the API derives the id of an event that has none. Without, the id is the key as well.
        const isKeyed = keyOf(options) !== undefined;
        const identified = isKeyed ? null : identify(event);
        return {
          method: 'POST',
          path: paths.one,
          json: identified ?? toEvent(event),
          options: identified ? { ...plainObject(options), idempotencyKey: identified.eventId } : options,
        };
      }),

    sendBatch(events: Input[], options?: WriteOptions): ApiCall<BatchResult> {
      let eventIds: string[] = [];
      const received = transport.request<BatchReceived>(async () => {
        if (!Array.isArray(events)) {
          throw new EcsArgumentError(`a batch must be an array of events, not ${nameOf(events)}`);
        }
        for (const event of events) requirePlainObject(event, 'an event');
        const key = keyOf(options);
        const named = key === undefined ? events : await nameEvents(events, key);
        const identified = named.map(identify);
        eventIds = identified.map(({ eventId }) => eventId);
        return batchSpec(toNdjson(identified), options);
      });
      return mapCall(received, (data) => ({ ...data, eventIds }));
    },

    stream(options?: EventWriterOptions<Input>): EventWriter<Input> {
      if (transport.options.idempotencyKey !== undefined) {
        throw new EcsArgumentError(
          'a writer makes many requests, so the client cannot have one idempotencyKey',
        );
      }
      const identifyWritten = (event: Input) => {
        requirePlainObject(event, 'an event');
        return identify(event);
      };
      // The writer has its own, longer patience: it decides about each attempt.
      const post = (text: string, signal: AbortSignal | undefined) =>
        transport.request<BatchReceived>(batchSpec(text, { signal, maxRetries: 0 }));
      const sender = { post, backoffMs: transport.backoffMs, identify: identifyWritten };
      return createEventWriter(sender, options ?? {});
    },
  };
}

/** One JSON object per line. Throws EcsArgumentError `batch_empty` or `batch_too_large`. */
function toNdjson(events: object[]): string {
  if (events.length === 0) throw new EcsArgumentError('the batch has no events', 'batch_empty');
  const text = events.map(toJson).join('\n');
  const bytes = bytesOf(text);
  if (events.length <= LIMITS.batchLinesMax && bytes <= LIMITS.batchBytesMax) return text;
  throw new EcsArgumentError(
    `a batch has at most ${LIMITS.batchLinesMax} events and ${LIMITS.batchBytesMax} bytes; ` +
      `this one has ${events.length} and ${bytes}`,
    'batch_too_large',
  );
}
