import type { JsMsg } from 'nats';
import type { Bus } from './bus.ts';
import { countDeadLetters, park } from './dead-letter.ts';
import type { Failpoint } from './failpoint.ts';
import { type Lifecycle, pause } from './lifecycle.ts';
import { errorFields, type Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { isAway } from './sql.ts';
import { fetchMessages } from './pull.ts';
import { keepTrimmed } from './stream-trim.ts';
import { ensureConsumer } from './streams.ts';
import { CONSUMER_LIMITS, TOPICS, type TopicName } from './topology.ts';
import type { Checked } from './validation.ts';

/**
 * The pull loop of a durable consumer:
 *
 *   fetch -> decode -> handle all events at once -> park what was refused -> ack -> fetch
 *
 * Acknowledged is only what is committed or parked. While the database or the broker is away nothing is
 * parked: the batch is kept, its ack wait renewed, and handled again. A batch that is refused as a whole is
 * halved until the bad event is alone.
 */
export interface ConsumerOptions<Event> {
  bus: Bus;
  topic: TopicName;
  replicas: number;
  decode(line: string): Checked<Event>;
  /** Commits the events, exactly once each, and names those it refuses. Throws when nothing was committed. */
  handle(events: Event[]): Promise<Refusal[]>;
  /** Whether a busy worker lets more arrive for its next statement; what comes alone never waits. */
  gather?: boolean;
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

/**
 * In messages: not yet delivered, delivered but not acknowledged, of those more than once; and parked ones.
 */
export interface Lag {
  pending: number;
  unacknowledged: number;
  redelivered: number;
  deadLetters: number;
}

export interface Consumer {
  /** Throws until the durable consumer is there: a worker is ready when messages are kept for it. */
  check(): Promise<void>;
  lag(): Promise<Lag>;
}

type Item<Event> = { message: JsMsg; line: number; text: string; event: Event };
type Parked = { message: JsMsg; line: number; payload: string | Uint8Array; code: string; reason: string };

const RETRY_MS_MAX = 2000;
const LEAVE_AFTER_FAILURES = 3;

export function startConsumer<Event>(options: ConsumerOptions<Event>): Consumer {
  const { bus, lifecycle, log } = options;
  const { stream, durable } = topicOf(options.topic);

  const run = async (): Promise<void> => {
    let failures = 0;
    let ensured = false;
    while (!lifecycle.signal.aborted) {
      try {
        if (!ensured) await ensureConsumer(bus.client().jsm, TOPICS[options.topic], options.replicas);
        const messages = await fetchMessages(bus, stream, durable);
        // The pull of a consumer that is gone looks like silence: after silence, look whether it is there.
        ensured = messages.length > 0;
        const events = messages.length > 0 ? await work(options, messages) : 0;
        const isBusy = messages.length > 1 && events < CONSUMER_LIMITS.eventsPerStatement;
        if (options.gather && isBusy) await pause(CONSUMER_LIMITS.gatherMs, lifecycle.signal);
        failures = 0;
      } catch (error) {
        // The broker is away or was re-created; both heal by looking again.
        ensured = false;
        failures += 1;
        if (failures % LEAVE_AFTER_FAILURES === 0) bus.leaveServer();
        if (failures === 5) log.warn({ durable, ...errorFields(error) }, 'cannot consume');
        await pause(Math.min(100 * failures, RETRY_MS_MAX), lifecycle.signal);
      }
    }
  };

  const running = run();
  lifecycle.onDrain(`consumer ${durable}`, () => running);
  keepTrimmed({ bus, topic: TOPICS[options.topic], lifecycle, log });
  const info = () => bus.client().jsm.consumers.info(stream, durable);
  const lag = async (): Promise<Lag> => {
    const [consumer, deadLetters] = await Promise.all([info(), countDeadLetters(bus, stream)]);
    return {
      pending: consumer.num_pending,
      unacknowledged: consumer.num_ack_pending,
      redelivered: consumer.num_redelivered,
      deadLetters,
    };
  };
  options.metrics.beforeScrape(async () => {
    const { pending, unacknowledged, deadLetters } = await lag();
    options.metrics.pending.set({ durable }, pending);
    options.metrics.unacknowledged.set({ durable }, unacknowledged);
    options.metrics.deadLetters.set({ stream }, deadLetters);
  });
  return {
    async check() {
      await info();
    },
    lag,
  };
}

/** How many events there were. */
async function work<Event>(options: ConsumerOptions<Event>, messages: JsMsg[]): Promise<number> {
  const { durable } = topicOf(options.topic);
  options.failpoint?.('consume.fetched');
  const items: Item<Event>[] = [];
  const undecodable: Parked[] = [];
  for (const message of messages) {
    if (message.info.deliveryCount > 1) options.metrics.redelivered.inc({ durable });
    decodeMessage(options, message, items, undecodable);
  }
  const parkedCount = await untilDone(options, messages, async () => {
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
    return parked.length;
  });
  options.metrics.consumed.inc({ durable, outcome: 'parked' }, parkedCount);
  const stored = items.length - (parkedCount - undecodable.length);
  options.metrics.consumed.inc({ durable, outcome: 'stored' }, stored);
  options.failpoint?.('consume.handled');
  for (const message of messages) message.ack();
  options.failpoint?.('consume.acknowledged');
  return items.length;
}

function decodeMessage<Event>(
  options: ConsumerOptions<Event>,
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
  options: Pick<ConsumerOptions<unknown>, 'topic' | 'log' | 'lifecycle'>,
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
        options.log.warn({ topic: options.topic, ...errorFields(error) }, 'waiting to store');
      if (options.lifecycle.signal.aborted) {
        for (const message of messages) message.nak();
        throw error;
      }
      for (const message of messages) message.working();
      await pause(Math.min(100 * failures, RETRY_MS_MAX), options.lifecycle.signal);
    }
  }
}

async function handleHalving<Event>(
  options: ConsumerOptions<Event>,
  items: Item<Event>[],
): Promise<Parked[]> {
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
      options.log.error({ topic: options.topic, ...errorFields(error) }, 'an event cannot be stored');
      const reason = `the database refused it${typeof code === 'string' ? ` (${code})` : ''}`;
      return [{ message: only.message, line: only.line, payload: only.text, code: 'refused', reason }];
    }
    const middle = Math.ceil(items.length / 2);
    const first = await handleHalving(options, items.slice(0, middle));
    return [...first, ...(await handleHalving(options, items.slice(middle)))];
  }
}

function topicOf(name: TopicName): { stream: string; durable: string } {
  const { stream, durable } = TOPICS[name];
  if (durable === null) throw new Error(`${name} has no durable consumer`);
  return { stream, durable };
}
