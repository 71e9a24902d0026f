import type { JsMsg } from 'nats';
import type { Bus } from './bus.ts';
import { park } from './dead-letter.ts';
import type { Failpoint } from './failpoint.ts';
import { type Lifecycle, pause } from './lifecycle.ts';
import { errorFields, type Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { isAway } from './sql.ts';
import { CONSUMER_LIMITS } from './topology.ts';
import type { Checked } from './validation.ts';

/**
 * One batch of a durable consumer, from its messages to their acknowledgement:
 *
 *   decode -> handle all events at once -> park what was refused -> ack
 *
 * Acknowledged is only what is committed or parked. While the database or the broker is away nothing is
 * parked: the batch is kept, its ack wait renewed, and handled again. A batch that is refused as a whole is
 * halved until the bad event is alone. A large batch goes in portions, each to its acknowledgement.
 */
export interface BatchOptions<Event> {
  bus: Bus;
  /** The durable consumer's name, for logs and metrics. */
  durable: string;
  decode(line: string): Checked<Event>;
  /** Commits the events, exactly once each, and names those it refuses. Throws when nothing was committed. */
  handle(events: Event[]): Promise<Refusal[]>;
  log: Logger;
  metrics: Metrics;
  lifecycle: Lifecycle;
  failpoint?: Failpoint;
}

export interface Refusal {
  index: number;
  code: string;
  message: string;
}

type Item<Event> = { message: JsMsg; line: number; text: string; event: Event };
type Parked = { message: JsMsg; line: number; payload: string | Uint8Array; code: string; reason: string };

const RETRY_MS_MAX = 2000;

/** Answers how many events there were. */
export async function handleBatch<Event>(options: BatchOptions<Event>, messages: JsMsg[]): Promise<number> {
  options.failpoint?.('consume.fetched');
  let events = 0;
  let waiting = messages;
  while (waiting.length > 0) {
    const portion = takePortion(waiting);
    events += await handlePortion(options, portion, waiting);
    waiting = waiting.slice(portion.length);
    if (options.lifecycle.signal.aborted) {
      // Another worker gets the rest at once.
      for (const message of waiting) message.nak();
      return events;
    }
    // Each portion may take as long as a whole batch might.
    for (const message of waiting) message.working();
  }
  return events;
}

/** As many as are decoded at once: what a fetch brings would be a hundred MB as objects. */
function takePortion(messages: JsMsg[]): JsMsg[] {
  let bytes = 0;
  const end = messages.findIndex((message) => {
    bytes += message.data.byteLength;
    return bytes > CONSUMER_LIMITS.bytesDecoded;
  });
  return end === -1 ? messages : messages.slice(0, Math.max(1, end));
}

/** `waiting` are the messages that are not acknowledged yet, those of the portion first. */
async function handlePortion<Event>(
  options: BatchOptions<Event>,
  messages: JsMsg[],
  waiting: JsMsg[],
): Promise<number> {
  const { durable } = options;
  const items: Item<Event>[] = [];
  const undecodable: Parked[] = [];
  for (const message of messages) {
    if (message.info.deliveryCount > 1) options.metrics.redelivered.inc({ durable });
    decodeMessage(options, message, items, undecodable);
  }
  const allParked = await untilDone(options, waiting, async () => {
    // A repeated attempt parks the same again: the id of a parked line makes that one dead letter.
    const parked = [...undecodable];
    // A statement must end in time however much was fetched; what an earlier attempt stored is not stored
    // again.
    for (let from = 0; from < items.length; from += CONSUMER_LIMITS.eventsPerStatement) {
      const chunk = items.slice(from, from + CONSUMER_LIMITS.eventsPerStatement);
      parked.push(...(await handleHalving(options, chunk)));
    }
    for (const { message, line, payload, code, reason } of parked) {
      await park(options.bus, message, { line, payload, code, message: reason });
      options.log.warn({ durable, sequence: message.seq, line, code }, 'parked');
    }
    return parked;
  });
  for (const { code } of allParked) options.metrics.parked.inc({ durable, code });
  options.metrics.consumed.inc({ durable, outcome: 'parked' }, allParked.length);
  const stored = items.length - (allParked.length - undecodable.length);
  options.metrics.consumed.inc({ durable, outcome: 'stored' }, stored);
  options.failpoint?.('consume.handled');
  for (const message of messages) message.ack();
  options.failpoint?.('consume.acknowledged');
  return items.length;
}

function decodeMessage<Event>(
  options: BatchOptions<Event>,
  message: JsMsg,
  items: Item<Event>[],
  parked: Parked[],
): void {
  const whole = { message, line: 0, payload: message.data };
  if (message.info.deliveryCount > CONSUMER_LIMITS.deliveriesMax) {
    const reason = `delivered ${message.info.deliveryCount} times`;
    parked.push({ ...whole, code: 'delivered_too_often', reason });
    return;
  }
  let lines: string[];
  try {
    lines = new TextDecoder('utf-8', { fatal: true }).decode(message.data).split('\n');
  } catch {
    parked.push({ ...whole, code: 'malformed', reason: 'not valid UTF-8' });
    return;
  }
  for (const [index, text] of lines.entries()) {
    // An empty message is poison; an empty line between events is nothing.
    if (text.trim() === '' && lines.length > 1) continue;
    const line = lines.length === 1 ? 1 : index + 1;
    const checked = options.decode(text);
    if (checked.ok) items.push({ message, line, text, event: checked.value });
    else {
      const reason = checked.errors.map((error) => `${error.path} ${error.message}`).join('; ');
      parked.push({ message, line, payload: text, code: 'invalid', reason });
    }
  }
}

/**
 * Repeats an attempt that failed for want of the database or the broker, renewing the ack wait of its
 * messages.
 */
async function untilDone<Result>(
  options: Pick<BatchOptions<unknown>, 'durable' | 'log' | 'lifecycle'>,
  messages: JsMsg[],
  attempt: () => Promise<Result>,
): Promise<Result> {
  for (let failures = 0; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (!isAway(error)) throw error;
      failures += 1;
      if (failures === 1)
        options.log.warn({ durable: options.durable, ...errorFields(error) }, 'waiting to store');
      if (options.lifecycle.signal.aborted) {
        for (const message of messages) message.nak();
        throw error;
      }
      for (const message of messages) message.working();
      await pause(Math.min(100 * failures, RETRY_MS_MAX), options.lifecycle.signal);
    }
  }
}

async function handleHalving<Event>(options: BatchOptions<Event>, items: Item<Event>[]): Promise<Parked[]> {
  if (items.length === 0) return [];
  try {
    const refusals = await options.handle(items.map((item) => item.event));
    return refusals.flatMap(({ index, code, message }) => {
      const item = items[index];
      if (!item) return [];
      return [{ message: item.message, line: item.line, payload: item.text, code, reason: message }];
    });
  } catch (error) {
    if (isAway(error)) throw error;
    const [only] = items;
    if (items.length === 1 && only) {
      const code = (error as { code?: unknown }).code;
      options.log.error({ durable: options.durable, ...errorFields(error) }, 'an event cannot be stored');
      const reason = `the database refused it${typeof code === 'string' ? ` (${code})` : ''}`;
      return [{ message: only.message, line: only.line, payload: only.text, code: 'refused', reason }];
    }
    const middle = Math.ceil(items.length / 2);
    const first = await handleHalving(options, items.slice(0, middle));
    return [...first, ...(await handleHalving(options, items.slice(middle)))];
  }
}
