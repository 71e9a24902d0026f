import { forEachBounded } from '../kernel/concurrency.ts';
import type { Bus } from '../messaging/bus.ts';
import { deleteMessage } from '../messaging/read-stream.ts';
import { DEAD_LETTERS } from '../messaging/topology.ts';
import { claimLetters, type LetterAct, type LetterClaim, taken } from './claim-letters.ts';
import { readHeld } from './dead-letter.ts';
import type { DeadLetter, StoredDeadLetter } from './dead-letter-format.ts';
import { packRemainder } from './dead-letter-pack.ts';
import { lookUpPresent } from './look-up-letters.ts';

/** An act that takes dead letters out of their stream. */
export interface TakeOut extends LetterAct {
  /** Sends the letters of one message on, or records their end. */
  passOn(letters: StoredDeadLetter[]): Promise<void>;
  /** Leaves out the letters that another operator takes meanwhile; else they are a problem. */
  leavesOutTaken?: boolean;
  /** No other letter is begun once it aborts, and no claim is left; its reason is thrown. */
  signal?: AbortSignal | undefined;
}

/** Letters of one message, claimed, and those that stay. */
interface Taking {
  heldIn: number;
  chosen: StoredDeadLetter[];
  rest: StoredDeadLetter[];
  claim: LetterClaim;
}

const MESSAGES_AT_ONCE = 16;
/** Claimed before the first of them changes, so that an act on fewer is done as a whole or not at all. */
const MESSAGES_CLAIMED = 500;

/**
 * Takes letters out of the stream. Their messages are claimed first, so that of two operators one acts on a
 * letter. Then, for each message, in three steps: the replay or drop of the letters, the rest of a shared
 * message as a message of its own, and the deletion last. A crash between two steps leaves a letter too many.
 * Throws AppError 409 for letters that another operator took.
 */
export async function takeOut(
  bus: Bus,
  letters: StoredDeadLetter[],
  act: TakeOut,
  onDone: (letter: DeadLetter) => void,
): Promise<void> {
  const messages = [...Map.groupBy(letters, ({ heldIn }) => heldIn).values()];
  for (let from = 0; from < messages.length; from += MESSAGES_CLAIMED) {
    act.signal?.throwIfAborted();
    const takings = await claimAll(bus, messages.slice(from, from + MESSAGES_CLAIMED), act);
    try {
      await forEachBounded(takings, MESSAGES_AT_ONCE, async (taking) => {
        act.signal?.throwIfAborted();
        await finish(bus, taking, act);
        for (const { letter } of taking.chosen) onDone(letter);
      });
    } finally {
      await releaseAll(takings);
    }
  }
}

async function finish(bus: Bus, { heldIn, chosen, rest, claim }: Taking, act: TakeOut): Promise<void> {
  claim.requireFresh();
  await act.passOn(chosen);
  claim.requireFresh();
  if (rest.length > 0) {
    const packed = packRemainder(rest);
    await bus.publish(packed.subject, packed.payload, packed);
  }
  await deleteMessage(bus, DEAD_LETTERS.stream, heldIn);
}

/** Claims the messages of letters, wherever the act of another operator on the same message moves them. */
async function claimAll(bus: Bus, messages: StoredDeadLetter[][], act: TakeOut): Promise<Taking[]> {
  const takings: Taking[] = [];
  try {
    for (let pending = messages; pending.length > 0; ) {
      const moved: { chosen: StoredDeadLetter[]; before: LetterClaim['before'] }[] = [];
      await forEachBounded(pending, MESSAGES_AT_ONCE, async (chosen) => {
        const { taking, before } = await claim(bus, chosen, act);
        if (taking) takings.push(taking);
        else moved.push({ chosen, before });
      });
      if (moved.length === 0) return takings;
      const present = await lookUpPresent(
        bus,
        moved.flatMap(({ chosen }) => chosen),
      );
      if (!act.leavesOutTaken) requireAll(present, moved);
      pending = [...Map.groupBy(present, ({ heldIn }) => heldIn).values()];
    }
    return takings;
  } catch (error) {
    await releaseAll(takings);
    throw error;
  }
}

function requireAll(
  present: StoredDeadLetter[],
  moved: { chosen: StoredDeadLetter[]; before: LetterClaim['before'] }[],
): void {
  const keys = new Set(present.map(({ key }) => key));
  for (const { chosen, before } of moved) {
    const missingIds = chosen.filter(({ key }) => !keys.has(key)).map(({ letter }) => String(letter.id));
    if (missingIds.length > 0) throw taken(missingIds, before);
  }
}

/** Claims the message of some letters; without a taking where it does not hold all of them any more. */
async function claim(
  bus: Bus,
  chosen: StoredDeadLetter[],
  { kind, by }: LetterAct,
): Promise<{ taking: Taking | null; before: LetterClaim['before'] }> {
  const heldIn = chosen[0]?.heldIn ?? 0;
  const ids = chosen.map(({ letter }) => String(letter.id));
  const claimed = await claimLetters(bus, heldIn, { kind, by, ids });
  const keys = new Set(chosen.map(({ key }) => key));
  try {
    const held = await readHeld(bus, heldIn);
    const heldKeys = new Set(held.map(({ key }) => key));
    if (keys.isSubsetOf(heldKeys)) {
      const rest = held.filter(({ key }) => !keys.has(key));
      return { taking: { heldIn, chosen, rest, claim: claimed }, before: claimed.before };
    }
  } catch (error) {
    await claimed.release();
    throw error;
  }
  await claimed.release();
  return { taking: null, before: claimed.before };
}

async function releaseAll(takings: Taking[]): Promise<void> {
  await forEachBounded(takings, MESSAGES_AT_ONCE, ({ claim }) => claim.release().catch(() => {}));
}
