import type { Bus } from '../messaging/bus.ts';
import { type IsErased, namesErased, withoutErased } from '../messaging/erase-lines.ts';
import { deleteMessage, readStream } from '../messaging/read-stream.ts';
import { DEAD_LETTERS } from '../messaging/topology.ts';
import { claimLetters } from './claim-letters.ts';
import { readHeld } from './dead-letter.ts';
import type { StoredDeadLetter } from './dead-letter-format.ts';
import { packAlone, packRemainder } from './dead-letter-pack.ts';

const MESSAGES_PER_FETCH = 64;

/**
 * Takes dead letters of customers out of their stream, as `eraseFromStream` does: the remaining of a shared
 * message keep their ids. A message is claimed first, so that no operator acts on it meanwhile; where an act
 * has moved its letters, they are looked for again. Returns the number of messages that had any.
 */
export async function eraseDeadLetters(bus: Bus, isErased: IsErased): Promise<number> {
  let count = 0;
  for (let isMoved = true; isMoved; ) {
    const sequences = await findErased(bus, isErased);
    isMoved = false;
    for (const sequence of sequences) {
      if (await eraseHeld(bus, sequence, isErased)) count += 1;
      else isMoved = true;
    }
  }
  return count;
}

async function findErased(bus: Bus, isErased: IsErased): Promise<number[]> {
  const sequences: number[] = [];
  const options = { messagesPerFetch: MESSAGES_PER_FETCH, mustBeWhole: true };
  await readStream(bus, DEAD_LETTERS.stream, options, ({ sequence, data }) => {
    if (namesErased(new TextDecoder().decode(data), isErased)) sequences.push(sequence);
    return true;
  });
  return sequences;
}

/** Returns false when the message is not there any more. */
async function eraseHeld(bus: Bus, sequence: number, isErased: IsErased): Promise<boolean> {
  const ids = (await readHeld(bus, sequence)).map(({ letter }) => String(letter.id));
  const claim = await claimLetters(bus, sequence, { kind: 'erase', by: 'privacy', ids });
  try {
    const letters = await readHeld(bus, sequence);
    if (letters.length === 0) return false;
    const remaining = letters.flatMap((stored) => withoutLines(stored, isErased));
    const [first] = remaining;
    claim.requireFresh();
    if (first) {
      const isShared = String(first.letter.id).includes('.');
      const packed = isShared ? packRemainder(remaining) : packAlone(first);
      await bus.publish(packed.subject, packed.payload, packed);
    }
    claim.requireFresh();
    await deleteMessage(bus, DEAD_LETTERS.stream, sequence, { isOverwritten: true });
    return true;
  } finally {
    await claim.release().catch(() => {});
  }
}

/** A letter of a whole message may have lines of several customers. */
function withoutLines(stored: StoredDeadLetter, isErased: IsErased): StoredDeadLetter[] {
  const { payload } = stored.letter;
  const remainder = withoutErased(payload, isErased);
  if (remainder === payload) return [stored];
  if (remainder.trim() === '') return [];
  return [{ ...stored, letter: { ...stored.letter, payload: remainder }, data: Buffer.from(remainder) }];
}
