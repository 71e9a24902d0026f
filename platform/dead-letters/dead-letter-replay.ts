import type { Bus } from '../messaging/bus.ts';
import { deleteMessage } from '../messaging/read-stream.ts';
import { forEachBounded } from '../kernel/concurrency.ts';
import { type DeadLetterFilter, findDeadLetters, lookUpDeadLetters, readHeld } from './dead-letter.ts';
import { type DropReason, recordDrop } from './dead-letter-drops.ts';
import type { DeadLetter, DeadLetterId, StoredDeadLetter } from './dead-letter-format.ts';
import { packRemainder } from './dead-letter-pack.ts';
import { packLines } from '../messaging/group-commit.ts';
import { DEAD_LETTERS, STREAM_LIMITS } from '../messaging/topology.ts';

type OnDone = (letter: DeadLetter) => void;

const MESSAGES_AT_ONCE = 16;
const DROPS_AT_ONCE = 32;

/**
 * Sends them once more to where they came from; replaying twice applies once, since the event's id
 * deduplicates. Throws AppError 404 before anything is sent.
 */
export async function replayDeadLetters(bus: Bus, ids: DeadLetterId[], onDone: OnDone): Promise<void> {
  await takeOut(bus, await lookUpAll(bus, ids), (letters) => sendAgain(bus, letters), onDone);
}

/** The same for all that fit. */
export async function replayMatching(bus: Bus, filter: DeadLetterFilter, onDone: OnDone): Promise<void> {
  await takeOut(bus, await findDeadLetters(bus, filter), (letters) => sendAgain(bus, letters), onDone);
}

/** Drops dead letters; records operator and reason first. */
export async function dropDeadLetters(
  bus: Bus,
  ids: DeadLetterId[],
  why: DropReason,
  onDone: OnDone,
): Promise<void> {
  const record = (letters: StoredDeadLetter[]) =>
    forEachBounded(letters, DROPS_AT_ONCE, ({ letter }) => recordDrop(bus, letter, why));
  await takeOut(bus, await lookUpAll(bus, ids), record, onDone);
}

/** Returns the dead letters of these ids. Throws AppError 404. */
export async function lookUpAll(bus: Bus, ids: DeadLetterId[]): Promise<StoredDeadLetter[]> {
  const letters = new Map<string, StoredDeadLetter>();
  // The lines of a message are looked up with one read of it.
  for (const ofMessage of Map.groupBy(ids, (id) => String(id).split('.')[0]).values()) {
    const [first] = ofMessage;
    if (first === undefined) continue;
    const letterIds = new Set(ofMessage.map(String));
    const held = ofMessage.length > 1 ? await readHeld(bus, Number(String(first).split('.')[0])) : [];
    for (const stored of held.filter(({ letter }) => letterIds.delete(String(letter.id)))) {
      letters.set(stored.key, stored);
    }
    for (const id of letterIds) {
      for (const stored of await lookUpDeadLetters(bus, id)) letters.set(stored.key, stored);
    }
  }
  return [...letters.values()];
}

/**
 * Takes letters out of the stream in three steps: their replay or drop first, then the rest of a shared
 * message as a message of its own, and the deletion last. A crash between two steps leaves a letter too
 * many.
 */
async function takeOut(
  bus: Bus,
  letters: StoredDeadLetter[],
  passOn: (letters: StoredDeadLetter[]) => Promise<void>,
  onDone: OnDone,
): Promise<void> {
  const messages = Map.groupBy(letters, ({ heldIn }) => heldIn);
  await forEachBounded(messages, MESSAGES_AT_ONCE, async ([heldIn, chosen]) => {
    await passOn(chosen);
    const keys = new Set(chosen.map(({ key }) => key));
    const isShared = String(chosen[0]?.letter.id).includes('.');
    const rest = isShared ? (await readHeld(bus, heldIn)).filter(({ key }) => !keys.has(key)) : [];
    if (rest.length > 0) {
      const packed = packRemainder(rest);
      await bus.publish(packed.subject, packed.payload, packed);
    }
    await deleteMessage(bus, DEAD_LETTERS.stream, heldIn);
    for (const { letter } of chosen) onDone(letter);
  });
}

/** The letters of one message: lines share the next one too, in the bytes that they have. */
async function sendAgain(bus: Bus, letters: StoredDeadLetter[]): Promise<void> {
  const [first] = letters;
  if (!first) return;
  const { subject, parkedAt } = first.letter;
  const send = (payload: string | Uint8Array, ids: DeadLetterId[]) => {
    const [id = '', ...rest] = ids.map(String);
    const hash = rest.length === 0 ? id : `${id}+${Bun.hash(rest.join(' '))}`;
    return bus.publish(subject, payload, { id: `replay:${parkedAt}:${hash}` });
  };
  const isAlone = ({ letter }: StoredDeadLetter) => letter.line === 0 || letter.payload.trim() === '';
  // A whole message, or an empty line, would be something else among others.
  for (const { data, letter } of letters.filter(isAlone)) await send(data, [letter.id]);
  const lines = letters.filter((stored) => !isAlone(stored));
  const [only, ...rest] = lines;
  if (only && rest.length === 0) {
    await send(only.data, [only.letter.id]);
    return;
  }
  const packed = packLines(
    lines.map(({ letter }) => letter.payload),
    STREAM_LIMITS.messageBytesMax,
  );
  let from = 0;
  for (const { message, lines: count } of packed) {
    await send(
      message,
      lines.slice(from, from + count).map(({ letter }) => letter.id),
    );
    from += count;
  }
}
