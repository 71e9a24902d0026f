import { type JsMsg, NatsError, type StoredMsg } from 'nats';
import { type Bus, openBus } from './bus.ts';
import { type DropReason, recordDrop } from './dead-letter-drops.ts';
import { AppError, unavailable } from './errors.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { DEAD_LETTERS, deadLetterSubject, streamOf } from './topology.ts';

/**
 * A message that cannot be handled is parked with its cause: a copy on `dead-letters.<stream>` first, the
 * original's acknowledgement second, so that a crash between them parks it twice under one id, never loses
 * it.
 */
export interface DeadLetter {
  /** Its sequence in the dead-letter stream. */
  id: number;
  stream: string;
  subject: string;
  /** Sequence of the original, and the line in it, from 1; line 0 is the whole message. */
  sequence: number;
  line: number;
  deliveries: number;
  code: string;
  message: string;
  parkedAt: string;
  bytes: number;
  payload: string;
}

const CONNECT_MS = 5000;
/** After this long the broker forgets who read the list. */
const READER_IDLE_MS = 10_000;

const HEADER = {
  subject: 'Ecs-Subject',
  sequence: 'Ecs-Sequence',
  line: 'Ecs-Line',
  deliveries: 'Ecs-Deliveries',
  code: 'Ecs-Code',
  message: 'Ecs-Message',
} as const;

/** Parks one line of a message, or all of it when `line` is 0. */
export async function park(
  bus: Bus,
  original: JsMsg,
  part: { line: number; payload: string | Uint8Array; code: string; message: string },
): Promise<void> {
  const { stream, streamSequence, deliveryCount, timestampNanos } = original.info;
  await bus.publish(deadLetterSubject(stream), part.payload, {
    // The time keeps a re-created stream's sequences apart from the old ones.
    id: `${stream}:${timestampNanos}:${streamSequence}:${part.line}`,
    headers: {
      [HEADER.subject]: original.subject,
      [HEADER.sequence]: String(streamSequence),
      [HEADER.line]: String(part.line),
      [HEADER.deliveries]: String(deliveryCount),
      [HEADER.code]: part.code,
      [HEADER.message]: part.message.slice(0, 500),
    },
  });
}

export interface DeadLetterFilter {
  /** A topic's name stands for all of its partitions. */
  stream?: string | undefined;
  code?: string | undefined;
  limit?: number | undefined;
}

/** Oldest first. */
export async function listDeadLetters(bus: Bus, filter: DeadLetterFilter = {}): Promise<DeadLetter[]> {
  const { js, jsm } = bus.client();
  const found: DeadLetter[] = [];
  const limit = filter.limit ?? 100;
  const { state } = await jsm.streams.info(DEAD_LETTERS.stream);
  if (state.messages === 0) return found;
  const consumer = await js.consumers.get(DEAD_LETTERS.stream, {
    inactive_threshold: READER_IDLE_MS,
  });
  let left = (await consumer.info(true)).num_pending;
  while (left > 0 && found.length < limit) {
    const messages = await consumer.fetch({ max_messages: Math.min(left, 500), expires: 2000 });
    let received = 0;
    for await (const message of messages) {
      received += 1;
      const letter = toDeadLetter(
        message.seq,
        message.data,
        (name) => message.headers?.get(name),
        new Date(message.info.timestampNanos / 1e6),
      );
      if (found.length < limit && fits(letter, filter)) found.push(letter);
    }
    if (received === 0) break;
    left -= received;
  }
  return found;
}

function fits(letter: DeadLetter, { stream, code }: DeadLetterFilter): boolean {
  const isOfStream = !stream || letter.stream === stream || letter.stream.startsWith(`${stream}-`);
  return isOfStream && (!code || letter.code === code);
}

/** How many there are of a stream. */
export async function countDeadLetters(bus: Bus, stream: string): Promise<number> {
  const subject = deadLetterSubject(stream);
  const { state } = await bus.client().jsm.streams.info(DEAD_LETTERS.stream, { subjects_filter: subject });
  return state.subjects?.[subject] ?? 0;
}

/** Throws AppError 404. */
export async function getDeadLetter(bus: Bus, id: number): Promise<DeadLetter> {
  const { seq, data, header, time } = await getStored(bus, id);
  return toDeadLetter(seq, data, (name) => header.get(name), time);
}

/**
 * Sends it once more to where it came from; replaying twice applies it once, since the event's id
 * deduplicates.
 */
export async function replayDeadLetter(bus: Bus, id: number): Promise<DeadLetter> {
  const letter = await getDeadLetter(bus, id);
  const { data } = await getStored(bus, id);
  await bus.publish(letter.subject, data, { id: `replay:${letter.parkedAt}:${id}` });
  await bus.client().jsm.streams.deleteMessage(DEAD_LETTERS.stream, id, false);
  return letter;
}

/** Gives it up; the record of why is kept before it goes. */
export async function dropDeadLetter(bus: Bus, id: number, why: DropReason): Promise<DeadLetter> {
  const letter = await getDeadLetter(bus, id);
  await recordDrop(bus, letter, why);
  await bus.client().jsm.streams.deleteMessage(DEAD_LETTERS.stream, id, false);
  return letter;
}

async function getStored(bus: Bus, id: number): Promise<StoredMsg> {
  try {
    return await bus.client().jsm.streams.getMessage(DEAD_LETTERS.stream, { seq: id });
  } catch (error) {
    if (error instanceof NatsError && error.code === '404') {
      throw new AppError(404, 'dead_letter_not_found', `There is no dead letter ${id}.`, { cause: error });
    }
    if (error instanceof AppError) throw error;
    throw unavailable('broker_unavailable', 'The message broker did not answer.', error);
  }
}

function toDeadLetter(
  id: number,
  data: Uint8Array,
  header: (name: string) => string | undefined,
  time: Date | string,
): DeadLetter {
  const subject = header(HEADER.subject) ?? '';
  return {
    id,
    stream: streamOf(subject),
    subject,
    sequence: Number(header(HEADER.sequence) ?? 0),
    line: Number(header(HEADER.line) ?? 0),
    deliveries: Number(header(HEADER.deliveries) ?? 0),
    code: header(HEADER.code) ?? 'unknown',
    message: header(HEADER.message) ?? '',
    parkedAt: new Date(time).toISOString(),
    bytes: data.byteLength,
    payload: new TextDecoder().decode(data),
  };
}

export interface DeadLetters {
  list(filter?: DeadLetterFilter): Promise<DeadLetter[]>;
  get(id: number): Promise<DeadLetter>;
  replay(id: number): Promise<DeadLetter>;
  drop(id: number, why: DropReason): Promise<DeadLetter>;
  close(): Promise<void>;
}

/** The dead letters of a broker, for an operator. Throws AppError 503 when it cannot be reached in time. */
export async function openDeadLetters(options: {
  natsUrl: string;
  log: Logger;
  metrics: Metrics;
}): Promise<DeadLetters> {
  const { natsUrl, log, metrics } = options;
  const bus = openBus({ url: natsUrl, name: 'dead-letters', streams: null, log, metrics });
  try {
    await bus.connected(CONNECT_MS);
  } catch (error) {
    await bus.close();
    throw error;
  }
  return {
    list: (filter) => listDeadLetters(bus, filter),
    get: (id) => getDeadLetter(bus, id),
    replay: (id) => replayDeadLetter(bus, id),
    drop: (id, why) => dropDeadLetter(bus, id, why),
    close: bus.close,
  };
}
