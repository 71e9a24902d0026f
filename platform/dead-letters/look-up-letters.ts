import { problem } from '../kernel/errors.ts';
import type { Bus } from '../messaging/bus.ts';
import { readHeld, scanDeadLetters } from './dead-letter.ts';
import {
  type DeadLetter,
  type DeadLetterId,
  messageOf,
  type StoredDeadLetter,
} from './dead-letter-format.ts';

/** Throws AppError 404, and 409 for the number of a message that many share. */
export async function getDeadLetter(bus: Bus, id: DeadLetterId): Promise<DeadLetter> {
  const letters = await lookUpDeadLetters(bus, [id]);
  const [only, ...rest] = letters;
  if (only && rest.length === 0) return only.letter;
  const range = `${only?.letter.id} to ${letters.at(-1)?.letter.id}`;
  throw problem('dead_letter_shared', { detail: `Dead letter ${id} holds ${letters.length}: ${range}.` });
}

/**
 * Returns the dead letters of these ids; the number of a message that many share stands for all of them.
 * Reads each message once, and the stream once where an act on other letters of a message has moved these.
 * Throws AppError 404.
 */
export async function lookUpDeadLetters(bus: Bus, ids: DeadLetterId[]): Promise<StoredDeadLetter[]> {
  const letters = new Map<string, StoredDeadLetter>();
  const keep = (stored: StoredDeadLetter) => void letters.set(stored.key, stored);
  const named = new Set(ids.map(String));
  for (const message of new Set(ids.map(messageOf))) {
    (await readHeld(bus, Number(message))).filter(isOneOf(named)).forEach(keep);
  }
  const moved = named.difference(namesOf(letters));
  if (moved.size === 0) return [...letters.values()];
  const isMoved = isOneOf(moved);
  await scanDeadLetters(bus, (stored) => {
    if (isMoved(stored)) keep(stored);
    return true;
  });
  const [missing] = moved.difference(namesOf(letters));
  if (missing === undefined) return [...letters.values()];
  throw problem('dead_letter_not_found', { detail: `There is no dead letter ${missing}.` });
}

const isOneOf =
  (names: ReadonlySet<string>) =>
  ({ letter: { id } }: StoredDeadLetter) =>
    names.has(String(id)) || names.has(messageOf(id));

/** The ids that stand for letters: their own, and the number of the message that they came in. */
const namesOf = (letters: Map<string, StoredDeadLetter>) =>
  new Set([...letters.values()].flatMap(({ letter: { id } }) => [String(id), messageOf(id)]));

/** Returns those of the letters that are in the stream, wherever they are by now. */
export async function lookUpPresent(bus: Bus, letters: StoredDeadLetter[]): Promise<StoredDeadLetter[]> {
  const keys = new Set(letters.map(({ key }) => key));
  const present: StoredDeadLetter[] = [];
  await scanDeadLetters(bus, (stored) => {
    if (keys.delete(stored.key)) present.push(stored);
    return keys.size > 0;
  });
  return present;
}
