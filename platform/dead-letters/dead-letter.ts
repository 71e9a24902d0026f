import type { Bus } from '../messaging/bus.ts';
import { inspectStream } from '../messaging/inspect.ts';
import type { Message } from '../messaging/message.ts';
import { readMessage, readStream } from '../messaging/read-stream.ts';
import { forEachBounded } from '../kernel/concurrency.ts';
import {
  type DeadLetter,
  type Origin,
  positionOf,
  type Rejection,
  type StoredDeadLetter,
} from './dead-letter-format.ts';
import { type PackedDeadLetters, packDeadLetters } from './dead-letter-pack.ts';
import { readDeadLetters } from './dead-letter-read.ts';
import type { Place } from './place.ts';
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
  /** Those behind this place. */
  after?: Place | undefined;
}

/** Oldest first. */
export async function listDeadLetters(bus: Bus, filter: DeadLetterFilter = {}): Promise<DeadLetter[]> {
  return (await findDeadLetters(bus, filter)).map(({ letter }) => letter);
}

/** The same with all that is needed to send them again. */
export async function findDeadLetters(bus: Bus, filter: DeadLetterFilter = {}): Promise<StoredDeadLetter[]> {
  const letters: StoredDeadLetter[] = [];
  const { limit = 100, matches = () => true, after } = filter;
  const visit = (stored: StoredDeadLetter) => {
    if (fits(stored.letter, filter) && matches(stored.letter)) letters.push(stored);
    return letters.length < limit;
  };
  await scanDeadLetters(bus, visit, after);
  return letters;
}

/** Reads the dead letters, the oldest first, each once, until `visit` returns false. */
export async function scanDeadLetters(
  bus: Bus,
  visit: (stored: StoredDeadLetter) => boolean,
  after?: Place,
): Promise<void> {
  const options = { messagesPerFetch: MESSAGES_PER_FETCH, ...(after && { fromSequence: after.sequence }) };
  const isBehind = ({ heldIn, letter }: StoredDeadLetter) =>
    !after ||
    heldIn > after.sequence ||
    (heldIn === after.sequence && positionOf(letter.id) > after.position);
  const keys = new Set<string>();
  await readStream(bus, DEAD_LETTERS.stream, options, (message) => {
    for (const stored of readDeadLetters(message).filter(isBehind)) {
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
  /** Of the oldest message with dead letters of any stream, by the broker's clock. */
  oldestSeconds: number;
  /** Whether the next ones make the oldest go. */
  isFull: boolean;
}

/** Asks the broker's index of subjects: nothing is read. */
export async function countDeadLetters(bus: Bus, stream: string): Promise<DeadLetterCounts> {
  const { messages, bytes, bytesMax, subjects, oldestAgeMs } = await inspectStream(
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
    oldestSeconds: isEmpty || oldestAgeMs === null ? 0 : oldestAgeMs / 1000,
    isFull: bytesMax > 0 && bytes + 2 * averageBytes >= bytesMax,
  };
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
