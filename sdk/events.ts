import type { BatchReceived } from './contracts/common.ts';
import type { EmotionEvent, EmotionReceived, EmotionSummary } from './contracts/emotion.ts';
import { LIMITS } from './contracts/limits.ts';
import { PATHS } from './contracts/paths.ts';
import type { Transaction, TransactionReceived } from './contracts/transaction.ts';
import { EcsError } from './errors.ts';
import { createEventWriter, type EventWriter, type EventWriterOptions } from './event-writer.ts';
import type { CallOptions, WriteOptions } from './options.ts';
import type { Transport } from './transport.ts';
import { uuidv7 } from './uuid.ts';

/**
 * `timestamp` is now when it is absent. `eventId` is made by the client, so that a retry never counts twice.
 */
export type EmotionInput = Omit<EmotionEvent, 'timestamp'> & { timestamp?: string | Date | undefined };
/** `amount` has at most 2 decimals. `occurredAt` is now when it is absent. */
export type TransactionInput = Omit<Transaction, 'occurredAt'> & { occurredAt?: string | Date | undefined };

/** What became of a batch. `rejected[].line` counts from 1 and is the place in the list that was sent. */
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
   * @throws ValidationError, PermissionError (another's user), AuthenticationError
   */
  send(event: EmotionInput, options?: WriteOptions): Promise<EmotionReceived>;
  /**
   * Sends 1 to 1,000 events (at most 1 MiB) as NDJSON. Good lines are taken although others are not.
   *
   * @example
   * const { accepted, rejected } = await ecs.emotions.sendBatch(events);
   * @throws ValidationError when no line is good; EcsError `batch_too_large` before anything is sent
   */
  sendBatch(events: EmotionInput[], options?: WriteOptions): Promise<BatchResult>;
  /**
   * A writer for a steady flow: it batches, keeps the order, waits out an outage in a bounded buffer, and
   * tells what became of each event.
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
  summary(userId: string, options?: EmotionSummaryOptions): Promise<EmotionSummary>;
}

export interface Transactions {
  /**
   * Sends one transaction; resolves when the broker has it.
   *
   * @example
   * await ecs.transactions.send({ userId, amount: 42.5 });
   * @throws ValidationError, PermissionError (another's user), AuthenticationError
   */
  send(transaction: TransactionInput, options?: WriteOptions): Promise<TransactionReceived>;
  /**
   * Sends 1 to 1,000 transactions (at most 1 MiB) as NDJSON. Good lines are taken although others are not.
   *
   * @example
   * const { accepted, rejected } = await ecs.transactions.sendBatch([{ userId, amount: 42.5 }]);
   * @throws ValidationError when no line is good; EcsError `batch_too_large` before anything is sent
   */
  sendBatch(transactions: TransactionInput[], options?: WriteOptions): Promise<BatchResult>;
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
    ...createSender<EmotionInput, EmotionReceived>(transport, paths, toEmotion),
    summary: (userId, { days, ...options } = {}) =>
      transport.request({
        method: 'GET',
        path: PATHS.emotionSummary,
        params: { user_id: userId },
        query: { days },
        options,
      }),
  };
}

export function createTransactions(transport: Transport): Transactions {
  const paths = { one: PATHS.sendTransaction, batch: PATHS.sendTransactionBatch };
  return createSender<TransactionInput, TransactionReceived>(transport, paths, toTransaction);
}

export type Identified<Event> = Event & { eventId: string };

function toEmotion(event: EmotionInput): Identified<EmotionEvent> {
  const timestamp = toTimestamp(event.timestamp ?? new Date());
  return { ...event, timestamp, eventId: event.eventId ?? uuidv7() };
}

function toTransaction(transaction: TransactionInput): Identified<Transaction> {
  const occurredAt = toTimestamp(transaction.occurredAt ?? new Date());
  return { ...transaction, occurredAt, eventId: transaction.eventId ?? uuidv7() };
}

function toTimestamp(time: string | Date): string {
  if (typeof time === 'string') return time;
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new EcsError('the time of an event is an invalid Date', { code: 'invalid_argument' });
}

/** The three ways to send events of a kind. `identify` gives an event its time and its id. */
function createSender<Input, Received>(
  transport: Transport,
  paths: { one: string; batch: string },
  identify: (event: Input) => Identified<object>,
) {
  const postBatch = (text: string, options?: WriteOptions): Promise<BatchReceived> =>
    transport.request({
      method: 'POST',
      path: paths.batch,
      body: { contentType: 'application/x-ndjson', text },
      options,
    });

  return {
    async send(event: Input, options: WriteOptions = {}): Promise<Received> {
      const identified = identify(event);
      return transport.request<Received>({
        method: 'POST',
        path: paths.one,
        body: { contentType: 'application/json', text: JSON.stringify(identified) },
        // The event's id is what the system deduplicates by; as the key it says the same thing.
        options: { ...options, idempotencyKey: options.idempotencyKey ?? identified.eventId },
      });
    },

    async sendBatch(events: Input[], options?: WriteOptions): Promise<BatchResult> {
      const identified = events.map(identify);
      const received = await postBatch(toNdjson(identified), options);
      return { ...received, eventIds: identified.map(({ eventId }) => eventId) };
    },

    stream: (options: EventWriterOptions<Input> = {}): EventWriter<Input> =>
      createEventWriter(
        // The writer has its own, longer patience: it decides about each attempt.
        {
          post: (text, signal) => postBatch(text, { signal, maxRetries: 0 }),
          backoffMs: transport.backoffMs,
          identify,
        },
        options,
      ),
  };
}

/** One JSON object a line. Throws EcsError `batch_empty` or `batch_too_large`. */
export function toNdjson(events: object[]): string {
  if (events.length === 0) throw new EcsError('the batch has no events', { code: 'batch_empty' });
  const text = events.map((event) => JSON.stringify(event)).join('\n');
  const bytes = new TextEncoder().encode(text).byteLength;
  if (events.length <= LIMITS.batchLinesMax && bytes <= LIMITS.batchBytesMax) return text;
  throw new EcsError(
    `a batch has at most ${LIMITS.batchLinesMax} events and ${LIMITS.batchBytesMax} bytes; ` +
      `this one has ${events.length} and ${bytes}`,
    { code: 'batch_too_large' },
  );
}
