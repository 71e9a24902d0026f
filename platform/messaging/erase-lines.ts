import type { Bus } from './bus.ts';
import { inspectStream } from './inspect.ts';
import { deleteMessage, readMessage, readNewest, readStream } from './read-stream.ts';
import type { Topic } from './topic.ts';
import { subjectFor } from './topology.ts';

/** Whether an id, in lower case, is of a customer to be erased. */
export type IsErased = (id: string) => boolean;

const MESSAGES_PER_FETCH = 64;
/** Messages that are looked at before the place is kept. */
const MESSAGES_PER_PORTION = 10_000;
const UUID = /[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}/gi;

/** Whether a text has the id of a customer to be erased. */
export function namesErased(text: string, isErased: IsErased): boolean {
  return text.match(UUID)?.some((id) => isErased(id.toLowerCase())) ?? false;
}

/** Up to which message a stream was searched, and when that stream was created. */
export interface SearchedPlace {
  created: string;
  sequence: number;
  /** The last message when the search began: later ones have no lines of its customers. */
  until: number;
}

/** A search of a stream that may be interrupted. */
interface Search {
  /** Of an earlier attempt, by which it goes on; another stream of the same name is searched whole. */
  searched: SearchedPlace | null;
  /** Takes each place that is reached, with the number of messages up to it that had lines. */
  reach: (place: SearchedPlace, count: number) => Promise<void>;
  /** Whether the rest is left to another attempt; asked after each place. */
  isEnough: () => boolean;
  messagesPerPortion?: number | undefined;
}

/**
 * Takes the lines of customers out of a stream; returns whether it was searched to its end. The remainder of
 * a message is published again first, with an id of its content: after a crash between the two steps the same
 * remainder is a duplicate, to the broker or by its events' ids to the database. Then the original is deleted
 * and its place on the disk overwritten.
 */
export async function eraseFromStream(
  bus: Bus,
  { stream, subject }: { stream: string; subject: string },
  isErased: IsErased,
  { searched, reach, isEnough, messagesPerPortion = MESSAGES_PER_PORTION }: Search,
): Promise<boolean> {
  const { created, lastSequence } = await inspectStream(bus, stream);
  const isOfStream = searched?.created === created && searched.sequence <= lastSequence;
  const until = isOfStream ? searched.until : lastSequence;
  for (let sequence = isOfStream ? searched.sequence : 0; sequence < until; ) {
    const { last, sequences } = await findErased(
      bus,
      { stream, after: sequence, messagesPerPortion },
      isErased,
    );
    for (const place of sequences)
      await eraseFromMessage(bus, { stream, subject, sequence: place }, isErased);
    if (last === null) break;
    sequence = last;
    await reach({ created, sequence, until }, sequences.length);
    if (sequence < until && isEnough()) return false;
  }
  return true;
}

/** Finds the messages with lines of the customers in the next portion; `last` is null at the end. */
async function findErased(
  bus: Bus,
  portion: { stream: string; after: number; messagesPerPortion: number },
  isErased: IsErased,
): Promise<{ sequences: number[]; last: number | null }> {
  const { stream, after, messagesPerPortion } = portion;
  const sequences: number[] = [];
  let last: number | null = null;
  let count = 0;
  const options = {
    fromSequence: after + 1,
    messagesPerFetch: MESSAGES_PER_FETCH,
    mustBeWhole: true,
  };
  await readStream(bus, stream, options, ({ sequence, data }) => {
    if (namesErased(new TextDecoder().decode(data), isErased)) sequences.push(sequence);
    last = sequence;
    count += 1;
    return count < messagesPerPortion;
  });
  return { sequences, last };
}

/** Takes the states of customers out of a keyed topic, by their hashes; returns how many there were. */
export async function eraseStates(
  bus: Bus,
  { stream, ...topic }: Pick<Topic, 'stream' | 'subject' | 'keyedBy'>,
  hashes: string[],
): Promise<number> {
  let count = 0;
  for (const hash of hashes) {
    const message = await readNewest(bus, stream, subjectFor(topic, hash));
    if (message === null) continue;
    await deleteMessage(bus, stream, message.sequence, { isOverwritten: true });
    count += 1;
  }
  return count;
}

/**
 * The same as `eraseFromStream` for one message; nothing happens when the stream does not keep it any more.
 */
export async function eraseFromMessage(
  bus: Bus,
  { stream, subject, sequence }: { stream: string; subject: string; sequence: number },
  isErased: IsErased,
): Promise<void> {
  const message = await readMessage(bus, stream, sequence);
  if (message === null) return;
  const text = new TextDecoder().decode(message.data);
  const remainder = withoutErased(text, isErased);
  if (remainder === text) return;
  if (remainder.trim() !== '') {
    const hash = new Bun.CryptoHasher('sha256').update(remainder).digest('hex').slice(0, 32);
    await bus.publish(subject, remainder, { id: `remainder:${stream}:${sequence}:${hash}` });
  }
  // control: deleted-with-overwriting
  await deleteMessage(bus, stream, sequence, { isOverwritten: true });
}

/** Returns the lines that name no customer to be erased. */
export function withoutErased(text: string, isErased: IsErased): string {
  const lines = text.split('\n');
  const remaining = lines.filter((line) => !namesErased(line, isErased));
  return remaining.length === lines.length ? text : remaining.join('\n');
}
