import { AckPolicy, type Consumer, DeliverPolicy, type JsMsg, type MsgRequest, nanos } from 'nats';
import type { Bus } from './bus.ts';
import { apiCodeOf, orNull } from './broker-errors.ts';
import { problem } from '../kernel/errors.ts';
import { CLAIM_HEADER, type KeptMessage } from './message.ts';

/** After this long the broker forgets a reader. */
const READER_IDLE_MS = 10_000;
const FETCH_MS = 2000;
const MESSAGES_PER_FETCH = 500;
const FOLLOW_FETCH_MS = 1000;
const FOLLOWER_IDLE_MS = 30_000;
const SEQUENCE_NOT_FOUND = 10_043;

/**
 * Reads the messages that a stream keeps, the oldest first, until `visit` returns false. A slow broker ends
 * it early, which is an error where it must be whole.
 */
export async function readStream(
  bus: Bus,
  stream: string,
  options: { sinceMs?: number; fromSequence?: number; messagesPerFetch?: number; mustBeWhole?: boolean },
  visit: (message: KeptMessage) => boolean,
): Promise<void> {
  const { sinceMs, fromSequence, messagesPerFetch = MESSAGES_PER_FETCH, mustBeWhole = false } = options;
  const notWhole = () =>
    problem('broker_unavailable', { detail: `The stream ${stream} was not read to its end.` });
  // The client's own reader sees when a lost connection took messages with it; this one counts them here.
  const countsDeliveries = mustBeWhole && fromSequence !== undefined;
  let deliveries = 0;
  const consumer =
    fromSequence === undefined
      ? await openReader(bus, stream, READER_IDLE_MS, sinceMs)
      : await openReaderFrom(bus, stream, fromSequence);
  for (let unread = (await consumer.info(true)).num_pending; unread > 0; ) {
    const messages = await consumer.fetch({
      max_messages: Math.min(unread, messagesPerFetch),
      expires: FETCH_MS,
    });
    let received = 0;
    let isEnough = false;
    for await (const message of messages) {
      received += 1;
      deliveries += 1;
      if (countsDeliveries && message.info.deliverySequence !== deliveries) throw notWhole();
      if (!isClaim(message)) isEnough ||= !visit(toKept(message));
    }
    if (received === 0 && mustBeWhole && (countsDeliveries || (await consumer.info(false)).num_pending > 0)) {
      throw notWhole();
    }
    if (received === 0 || isEnough) return;
    unread -= received;
  }
}

/** Follows a stream until the signal aborts: its messages since a time, or only those from now on (null). */
export async function followStream(
  bus: Bus,
  stream: string,
  sinceMs: number | null,
  signal: AbortSignal,
  visit: (message: KeptMessage) => void,
): Promise<void> {
  const consumer = await openReader(bus, stream, FOLLOWER_IDLE_MS, sinceMs);
  while (!signal.aborted) {
    const messages = await consumer.fetch({ max_messages: MESSAGES_PER_FETCH, expires: FOLLOW_FETCH_MS });
    const stop = () => void messages.close();
    signal.addEventListener('abort', stop, { once: true });
    for await (const message of messages) if (!isClaim(message)) visit(toKept(message));
    signal.removeEventListener('abort', stop);
  }
}

/** Returns a message of a stream; null when the stream does not keep it. */
export async function readMessage(bus: Bus, stream: string, sequence: number): Promise<KeptMessage | null> {
  const message = await getMessage(bus, stream, { seq: sequence });
  return message?.header(CLAIM_HEADER) ? null : message;
}

/** Returns the newest message of a subject; null when there is none. */
export const readNewest = (bus: Bus, stream: string, subject: string): Promise<KeptMessage | null> =>
  getMessage(bus, stream, { last_by_subj: subject });

async function getMessage(bus: Bus, stream: string, query: MsgRequest): Promise<KeptMessage | null> {
  const { jsm } = bus.client();
  const message = await orNull(() => jsm.streams.getMessage(stream, query));
  if (message === null) return null;
  const { seq: sequence, data, header, time } = message;
  return {
    sequence,
    data,
    header: (name) => header.get(name),
    time: time.toISOString().replace('Z', '000Z'),
  };
}

/**
 * Deletes a message of a stream, and overwrites its bytes on the disk where that is asked for; nothing
 * happens when another was there first.
 */
export async function deleteMessage(
  bus: Bus,
  stream: string,
  sequence: number,
  { isOverwritten = false } = {},
): Promise<void> {
  try {
    await bus.client().jsm.streams.deleteMessage(stream, sequence, isOverwritten);
  } catch (error) {
    const isGone = apiCodeOf(error) === SEQUENCE_NOT_FOUND;
    if (!isGone && !/no message found|message deleted/i.test(String(error))) throw error;
  }
}

/** `sinceMs`: null for new messages only, undefined for all. */
function openReader(
  bus: Bus,
  stream: string,
  idleMs: number,
  sinceMs: number | null | undefined,
): Promise<Consumer> {
  const start =
    sinceMs === undefined
      ? {}
      : sinceMs === null
        ? { deliver_policy: DeliverPolicy.New }
        : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(sinceMs).toISOString() };
  return bus.client().js.consumers.get(stream, { inactive_threshold: idleMs, ...start });
}

/** The client's own reader of a sequence would be kept for minutes. */
async function openReaderFrom(bus: Bus, stream: string, sequence: number): Promise<Consumer> {
  const { js, jsm } = bus.client();
  const name = `from-${crypto.randomUUID()}`;
  await jsm.consumers.add(stream, {
    name,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: Math.max(1, sequence),
    ack_policy: AckPolicy.None,
    inactive_threshold: nanos(READER_IDLE_MS),
    mem_storage: true,
    num_replicas: 1,
  });
  return js.consumers.get(stream, name);
}

const isClaim = ({ headers }: JsMsg): boolean => headers?.has(CLAIM_HEADER) ?? false;

function toKept(message: JsMsg): KeptMessage {
  const { seq: sequence, data, headers, info } = message;
  return { sequence, data, header: (name) => headers?.get(name), time: isoOf(info.timestampNanos) };
}

function isoOf(nanos: number): string {
  const micros = String(Math.floor((nanos / 1e3) % 1000)).padStart(3, '0');
  return new Date(nanos / 1e6).toISOString().replace('Z', `${micros}Z`);
}
