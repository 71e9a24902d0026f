import { type BatchReceived, LIMITS } from './contracts/common.ts';
import type { EmotionEvent, EmotionReceived, EmotionSummary } from './contracts/emotion.ts';
import { ENDPOINTS, fillPath } from './contracts/endpoints.ts';
import type { Transaction, TransactionReceived } from './contracts/transaction.ts';
import { EcsError } from './errors.ts';
import type { CallOptions, WriteOptions } from './options.ts';
import type { Transport } from './transport.ts';
import { uuidv7 } from './uuid.ts';

/**
 * `timestamp` is now when it is absent. `eventId` is made by the client, so that a retry never counts twice.
 */
export type EmotionInput = Omit<EmotionEvent, 'timestamp'> & { timestamp?: string | Date };
/** `amount` has at most 2 decimals. `occurredAt` is now when it is absent. */
export type TransactionInput = Omit<Transaction, 'occurredAt'> & { occurredAt?: string | Date };

/** What became of a batch. `rejected[].line` counts from 1 and is the place in the list that was sent. */
export interface BatchResult extends BatchReceived {
  /** The ids of all events sent, in their order. */
  eventIds: string[];
}

export function createEmotions(transport: Transport) {
  const endpoint = ENDPOINTS.sendEmotion;
  return {
    /**
     * Sends one emotion event; resolves when the broker has it. Metrics are shares in 0..1.
     *
     * @example await ecs.emotions.send({ userId, emotionEvent: { type: 'calm',
     *   metrics: { positivity: 0.8, intensity: 0.3, stress_level: 0.1 } } });
     * @throws ValidationError, PermissionError (another's user), AuthenticationError
     */
    send: (event: EmotionInput, options?: WriteOptions): Promise<EmotionReceived> =>
      sendOne(transport, endpoint.path, toEmotion(event), options),

    /**
     * Sends 1 to 1,000 events (at most 1 MiB) as NDJSON. Good lines are taken although others are not.
     *
     * @throws ValidationError when no line is good; EcsError `batch_too_large` before anything is sent
     */
    sendBatch: (events: EmotionInput[], options?: WriteOptions): Promise<BatchResult> =>
      sendMany(transport, ENDPOINTS.sendEmotionBatch.path, events.map(toEmotion), options),

    /** The customer's emotions by UTC day, newest first. `days`: 1 to 365, default 30. */
    summary: (userId: string, options: CallOptions & { days?: number } = {}): Promise<EmotionSummary> =>
      transport.request({
        method: 'GET',
        path: fillPath(ENDPOINTS.emotionSummary.path, { user_id: userId }),
        query: { days: options.days },
        options,
      }),
  };
}

export function createTransactions(transport: Transport) {
  return {
    /**
     * Sends one transaction; resolves when the broker has it.
     *
     * @example await ecs.transactions.send({ userId, amount: 42.5 });
     * @throws ValidationError, PermissionError (another's user), AuthenticationError
     */
    send: (transaction: TransactionInput, options?: WriteOptions): Promise<TransactionReceived> =>
      sendOne(transport, ENDPOINTS.sendTransaction.path, toTransaction(transaction), options),

    /** Sends 1 to 1,000 transactions; see `emotions.sendBatch`. */
    sendBatch: (transactions: TransactionInput[], options?: WriteOptions): Promise<BatchResult> =>
      sendMany(transport, ENDPOINTS.sendTransactionBatch.path, transactions.map(toTransaction), options),
  };
}

export type Emotions = ReturnType<typeof createEmotions>;
export type Transactions = ReturnType<typeof createTransactions>;

type Identified<Event> = Event & { eventId: string };

function toEmotion(event: EmotionInput): Identified<EmotionEvent> {
  const timestamp = toTimestamp(event.timestamp ?? new Date());
  return { ...event, timestamp, eventId: event.eventId ?? uuidv7() };
}

function toTransaction(transaction: TransactionInput): Identified<Transaction> {
  const occurredAt = toTimestamp(transaction.occurredAt ?? new Date());
  return { ...transaction, occurredAt, eventId: transaction.eventId ?? uuidv7() };
}

function toTimestamp(time: string | Date): string {
  return typeof time === 'string' ? time : time.toISOString();
}

function sendOne<Received>(
  transport: Transport,
  path: string,
  event: Identified<object>,
  options: WriteOptions = {},
): Promise<Received> {
  return transport.request<Received>({
    method: 'POST',
    path,
    body: { contentType: 'application/json', text: JSON.stringify(event) },
    // The event's id is what the system deduplicates by; as the key it says the same thing.
    options: { ...options, idempotencyKey: options.idempotencyKey ?? event.eventId },
  });
}

async function sendMany(
  transport: Transport,
  path: string,
  events: Identified<object>[],
  options?: WriteOptions,
): Promise<BatchResult> {
  const text = toNdjson(events);
  const body = { contentType: 'application/x-ndjson', text };
  const received = await transport.request<BatchReceived>({
    method: 'POST',
    path,
    body,
    ...(options ? { options } : {}),
  });
  return { ...received, eventIds: events.map((event) => event.eventId) };
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
