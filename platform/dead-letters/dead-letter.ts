import type { Bus } from '../messaging/bus.ts';
import { inspectStream } from '../messaging/inspect.ts';
import type { Message } from '../messaging/message.ts';
import { readMessage, readStream } from '../messaging/read-stream.ts';
import { forEachBounded } from '../kernel/concurrency.ts';
import {
  type DeadLetter,
  type DeadLetterId,
  type Origin,
  positionOf,
  type Rejection,
  type StoredDeadLetter,
} from './dead-letter-format.ts';
import { type PackedDeadLetters, packDeadLetters } from './dead-letter-pack.ts';
import { readDeadLetters } from './dead-letter-read.ts';
import { AppError, problem } from '../kernel/errors.ts';
import { DEAD_LETTERS, deadLetterLines } from '../messaging/topology.ts';

/**
 * A message that cannot be handled is dead-lettered with its cause: a copy on `dead-letters.<stream>` first,
 * the original's acknowledgement second, so that a crash between them leaves a copy too many, which readers
 * leave out, and never none.
 */
const PUBLISHES_MAX = 16;
/** Messages have up to 1 MB. */
const MESSAGES_PER_FETCH = 64;

export function originOf({ subject, info }: Message): Origin {
  const { stream, streamSequence: sequence, deliveryCount: deliveries, timestampNanos } = info;
  return { stream, subject, sequence, deliveries, timestampNanos };
}

/** Returns the rejections that could not be published, with the error that kept them out. */
export async function publishDeadLetters(
  bus: Bus,
  rejections: Rejection[],
): Promise<{ failed: Rejection[]; error: unknown }> {
  const unpublished = new Set<PackedDeadLetters>(packDeadLetters(rejections));
  try {
    await forEachBounded([...unpublished], PUBLISHES_MAX, async (packed) => {
      await bus.publish(packed.subject, packed.payload, packed);
      unpublished.delete(packed);
    });
    return { failed: [], error: null };
  } catch (error) {
    return {
      failed: [...unpublished].flatMap((packed) => packed.rejections),
      error,
    };
  }
}

export interface DeadLetterFilter {
  /** A topic's name stands for all of its partitions. */
  stream?: string | undefined;
  code?: string | undefined;
  limit?: number | undefined;
  matches?: ((letter: DeadLetter) => boolean) | undefined;
}

/** Oldest first. */
export async function listDeadLetters(bus: Bus, filter: DeadLetterFilter = {}): Promise<DeadLetter[]> {
  return (await findDeadLetters(bus, filter)).map(({ letter }) => letter);
}

/** The same with all that is needed to send them again. */
export async function findDeadLetters(bus: Bus, filter: DeadLetterFilter = {}): Promise<StoredDeadLetter[]> {
  const letters: StoredDeadLetter[] = [];
  const limit = filter.limit ?? 100;
  await scanDeadLetters(bus, (stored) => {
    if (fits(stored.letter, filter) && (filter.matches?.(stored.letter) ?? true)) letters.push(stored);
    return letters.length < limit;
  });
  return letters;
}

/** Reads every dead letter, the oldest first, each once, until `visit` returns false. */
export async function scanDeadLetters(bus: Bus, visit: (stored: StoredDeadLetter) => boolean): Promise<void> {
  const keys = new Set<string>();
  await readStream(bus, DEAD_LETTERS.stream, { messagesPerFetch: MESSAGES_PER_FETCH }, (message) => {
    for (const stored of readDeadLetters(message)) {
      if (keys.has(stored.key)) continue;
      keys.add(stored.key);
      if (!visit(stored)) return false;
    }
    return true;
  });
}

export function fits(
  letter: Pick<DeadLetter, 'stream' | 'code'>,
  { stream, code }: Pick<DeadLetterFilter, 'stream' | 'code'>,
): boolean {
  const isOfStream = !stream || letter.stream === stream || letter.stream.startsWith(`${stream}-`);
  return isOfStream && (!code || letter.code === code);
}

interface DeadLetterCounts {
  /** Lines that came from the stream. */
  lines: number;
  /** Of the oldest message with dead letters, whatever stream they came from. */
  oldestSeconds: number;
  /** Whether the next ones make the oldest go. */
  isFull: boolean;
}

/** Asks the broker's index of subjects: nothing is read. */
export async function countDeadLetters(bus: Bus, stream: string): Promise<DeadLetterCounts> {
  const { messages, bytes, bytesMax, subjects, oldestMs } = await inspectStream(
    bus,
    DEAD_LETTERS.stream,
    DEAD_LETTERS.subjects,
  );
  const averageBytes = bytes / Math.max(1, messages);
  // The claim of a process that has died is no dead letter.
  const isEmpty = Object.keys(subjects).every((subject) => subject.startsWith(DEAD_LETTERS.claims));
  return {
    lines: Object.entries(subjects).reduce(
      (sum, [subject, count]) => sum + count * deadLetterLines(subject, stream),
      0,
    ),
    oldestSeconds: isEmpty || oldestMs === null ? 0 : Math.max(0, (Date.now() - oldestMs) / 1000),
    isFull: bytesMax > 0 && bytes + 2 * averageBytes >= bytesMax,
  };
}

/** Throws AppError 404, and 409 for the number of a message that many share. */
export async function getDeadLetter(bus: Bus, id: DeadLetterId): Promise<DeadLetter> {
  const letters = await lookUpDeadLetters(bus, id);
  const [only, ...rest] = letters;
  if (only && rest.length === 0) return only.letter;
  const range = `${only?.letter.id} to ${letters.at(-1)?.letter.id}`;
  throw problem('dead_letter_shared', { detail: `Dead letter ${id} holds ${letters.length}: ${range}.` });
}

/** The dead letter, or all of a message that many share. Throws AppError 404. */
export async function lookUpDeadLetters(bus: Bus, id: DeadLetterId): Promise<StoredDeadLetter[]> {
  const base = String(id).split('.')[0] ?? '';
  const isWanted = ({ letter }: StoredDeadLetter) =>
    String(letter.id) === String(id) || (positionOf(id) === 0 && String(letter.id).startsWith(`${base}.`));
  const held = (await readHeld(bus, Number(base))).filter(isWanted);
  if (held.length > 0) return held;
  // The rest of a message after some of its lines went is in another message, further on.
  const moved: StoredDeadLetter[] = [];
  await scanDeadLetters(bus, (stored) => {
    if (isWanted(stored)) moved.push(stored);
    return true;
  });
  if (moved.length > 0) return moved;
  throw problem('dead_letter_not_found', { detail: `There is no dead letter ${id}.` });
}

/** Every dead letter in a message of the stream; none when it is not there. */
export async function readHeld(bus: Bus, sequence: number): Promise<StoredDeadLetter[]> {
  try {
    const message = await readMessage(bus, DEAD_LETTERS.stream, sequence);
    return message === null ? [] : readDeadLetters(message);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw problem('broker_unavailable', { detail: 'The message broker did not respond.', cause: error });
  }
}
