import type { Bus } from '../messaging/bus.ts';
import { lookUpDeadLetters, readHeld, scanDeadLetters } from './dead-letter.ts';
import type { DeadLetterId, StoredDeadLetter } from './dead-letter-format.ts';

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
