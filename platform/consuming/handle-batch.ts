import { forEachBounded } from '../kernel/concurrency.ts';
import type { Bus } from '../messaging/bus.ts';
import type { Message } from '../messaging/message.ts';
import type { DeadLetterQueue, MessageRejection } from '../dead-letters/dead-letter-queue.ts';
import { createBackoff } from '../kernel/backoff.ts';
import type { Failpoint } from '../kernel/failpoint.ts';
import { type Lifecycle, pause } from '../kernel/lifecycle.ts';
import { errorFields } from '../kernel/log.ts';
import type { Observe } from '../kernel/histogram.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { type ConsumeSpans, startConsumeSpans } from './consume-span.ts';
import { portionsOf } from './portions.ts';
import { handleSplitting, type Item, type RejectedLine, type SplitOptions } from './split-rejected-batch.ts';
import { CUSTOMER_ERASED } from './erased-customers.ts';
import { isRetryable, isTooLate } from '../data/sql.ts';
import { CONSUMER_LIMITS } from '../messaging/topology.ts';
import type { Checked } from '../../sdk/contracts/validation.ts';

/**
 * One batch of a durable consumer, from its messages to their acknowledgement:
 *
 *   decode -> handle all events at once -> dead-letter, or drop, the rejected ones -> ack
 *
 * Only committed or dead-lettered events are acknowledged. While the database is down nothing is
 * dead-lettered: the batch is kept, its ack wait renewed, and handled again. A batch that the database
 * rejects as a whole is split until each bad event is alone. A large batch goes in portions, each to its
 * acknowledgement; suspects are handled last, one after the other.
 */
export interface BatchOptions<Event> extends SplitOptions<Event> {
  bus: Bus;
  deadLetters: DeadLetterQueue;
  /** Called with the messages of customers who were erased, before they are acknowledged. */
  onErased?: (messages: Message[]) => Promise<void>;
  decode(line: string): Checked<Event>;
  /**
   * How many portions are stored side by side, so that one is decoded while PostgreSQL works on another;
   * without it one, and events are handled in their order.
   */
  portionsAtOnce?: number;
  metrics: Metrics;
  /** Counts events by the time from their acknowledgment by the broker to their commit. */
  observeStorage?: Observe;
  lifecycle: Lifecycle;
  failpoint?: Failpoint;
}

/** The interval of renewing the ack wait: far below it, and longer than most batches take. */
const RENEW_MS = 500;

/** Returns the number of events. */
export async function handleBatch<Event>(options: BatchOptions<Event>, messages: Message[]): Promise<number> {
  // control: ack-after-commit
  options.failpoint?.('consume.fetched');
  const { durable, lifecycle, log, portionsAtOnce = 1 } = options;
  const rejectedLines: CountByCode = new Map();
  let events = 0;
  const portions = portionsOf(messages, lifecycle.signal);
  const inHand = new Set<Message[]>();
  const handle = async (portion: Message[]): Promise<void> => {
    const spans = startConsumeSpans(durable, portion);
    inHand.add(portion);
    let isFailed = true;
    try {
      const handled = await handlePortion(options, portion, { rejectedLines, spans });
      events += handled;
      isFailed = false;
    } finally {
      inHand.delete(portion);
      spans.end(isFailed);
    }
  };
  // Renewed for as long as it takes, so that no other worker gets them; each statement has a deadline.
  const renewal = setInterval(() => {
    for (const message of [...inHand, portions.waiting()].flat()) message.working();
  }, RENEW_MS);
  try {
    await forEachBounded(portions.healthy(), portionsAtOnce, handle);
    await forEachBounded(portions.suspect(), 1, handle);
  } finally {
    clearInterval(renewal);
    // Another worker gets the rest at once.
    if (lifecycle.signal.aborted) for (const message of portions.waiting()) message.nak();
  }
  if (rejectedLines.size > 0) {
    log.warn({ durable, rejections: Object.fromEntries(rejectedLines) }, 'dead-lettered');
  }
  return events;
}

/** Lines that were dead-lettered, by code. */
type CountByCode = Map<string, number>;

async function handlePortion<Event>(
  options: BatchOptions<Event>,
  portion: Message[],
  { rejectedLines, spans }: { rejectedLines: CountByCode; spans: ConsumeSpans },
): Promise<number> {
  const { durable, metrics, failpoint } = options;
  const items: Item<Event>[] = [];
  const undecodable: MessageRejection[] = [];
  for (const message of portion) {
    if (message.info.deliveryCount > 1) metrics.redelivered.inc({ durable });
    decodeMessage(options, message, items, undecodable);
  }
  const rejected: RejectedLine[] = [];
  let from = 0;
  let countMax: number = CONSUMER_LIMITS.eventsPerStatement;
  await untilDone(options, portion, async () => {
    while (from < items.length) {
      const chunk = items.slice(from, from + countMax);
      try {
        rejected.push(...(await spans.within(() => handleSplitting(options, chunk))));
      } catch (error) {
        // Halves a statement that takes too long; events that it stored all the same are not stored again.
        if (isTooLate(error)) countMax = Math.max(1, Math.floor(chunk.length / 2));
        throw error;
      }
      from += chunk.length;
    }
  });
  metrics.consumed.inc({ durable, outcome: 'stored' }, items.length - rejected.length);
  if (options.observeStorage) observeStored(options.observeStorage, items, rejected);
  await drop(options, portion, rejected);
  const rejections = [...undecodable, ...rejected.filter(({ isDropped }) => !isDropped)];
  const aside = await options.deadLetters.publish(rejections);
  for (const { code } of rejections) rejectedLines.set(code, (rejectedLines.get(code) ?? 0) + 1);
  failpoint?.('consume.handled');
  for (const message of portion) if (!aside.has(message)) message.ack();
  failpoint?.('consume.acknowledged');
  return items.length;
}

/** Observes the storage time of each message's stored events, counted from the broker's timestamp. */
function observeStored(observe: Observe, items: Item<unknown>[], rejected: RejectedLine[]): void {
  const stored = new Map<Message, number>();
  const add = (lines: { original: Message }[], change: number) => {
    for (const { original } of lines) stored.set(original, (stored.get(original) ?? 0) + change);
  };
  add(items, 1);
  add(rejected, -1);
  const nowMs = Date.now();
  for (const [{ info }, count] of stored) {
    if (count > 0) observe(Math.max(0, nowMs - info.timestampNanos / 1e6) / 1000, count);
  }
}

/** Counts dropped events by code, and records the messages of erased customers. */
async function drop<Event>(
  options: BatchOptions<Event>,
  portion: Message[],
  rejected: RejectedLine[],
): Promise<void> {
  const { durable, metrics, onErased } = options;
  const dropped = rejected.filter(({ isDropped }) => isDropped);
  const erased = dropped.filter(({ code }) => code === CUSTOMER_ERASED);
  const messages = [...new Set(erased.map(({ original }) => original))];
  if (onErased && messages.length > 0) await untilDone(options, portion, () => onErased(messages));
  for (const { code } of dropped) metrics.dropped.inc({ durable, reason: code });
  metrics.consumed.inc({ durable, outcome: 'dropped' }, dropped.length);
}

function decodeMessage<Event>(
  options: BatchOptions<Event>,
  original: Message,
  items: Item<Event>[],
  rejections: MessageRejection[],
): void {
  const whole = { original, line: 0, payload: original.data };
  const { deliveryCount } = original.info;
  if (deliveryCount > CONSUMER_LIMITS.deliveriesMax) {
    const message = `delivered ${deliveryCount} times`;
    rejections.push({ ...whole, code: 'delivered_too_often', message });
    return;
  }
  let lines: string[];
  try {
    lines = new TextDecoder('utf-8', { fatal: true }).decode(original.data).split('\n');
  } catch {
    rejections.push({
      ...whole,
      code: 'malformed',
      message: 'not valid UTF-8',
    });
    return;
  }
  for (const [index, text] of lines.entries()) {
    // Skips empty lines between events; an empty message is decoded, and rejected.
    if (text.trim() === '' && lines.length > 1) continue;
    const line = index + 1;
    const checked = options.decode(text);
    if (checked.ok) items.push({ original, line, text, event: checked.value });
    else {
      const message = checked.errors.map((error) => `${error.path} ${error.message}`).join('; ');
      rejections.push({
        original,
        line,
        payload: text,
        code: 'invalid',
        message,
      });
    }
  }
}

/** Repeats an attempt while it fails with a retryable error, as while the database is down. */
async function untilDone(
  { durable, log, lifecycle }: Pick<BatchOptions<unknown>, 'durable' | 'log' | 'lifecycle'>,
  portion: Message[],
  attempt: () => Promise<void>,
): Promise<void> {
  const backoff = createBackoff();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRetryable(error)) throw error;
      if (backoff.fail() === 1) log.warn({ durable, ...errorFields(error) }, 'waiting to store');
      if (lifecycle.signal.aborted) {
        for (const message of portion) message.nak();
        throw error;
      }
      await pause(backoff.delayMs(), lifecycle.signal);
    }
  }
}
