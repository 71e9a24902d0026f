import type { Bus } from '../messaging/bus.ts';
import { forEachBounded } from '../kernel/concurrency.ts';
import { type DeadLetterFilter, findDeadLetters } from './dead-letter.ts';
import { lookUpDeadLetters } from './look-up-letters.ts';
import { type DropReason, recordDrop } from './dead-letter-drops.ts';
import type { DeadLetter, DeadLetterId, StoredDeadLetter } from './dead-letter-format.ts';
import { packLines } from '../messaging/group-commit.ts';
import { STREAM_LIMITS } from '../messaging/topology.ts';
import { type TakeOut, takeOut } from './take-out.ts';

/** The operator of an act, and a signal that ends it between two messages. */
type Acting = Pick<TakeOut, 'by' | 'signal'>;
type OnDone = (letter: DeadLetter) => void;

const DROPS_AT_ONCE = 32;

/**
 * Sends them once more to where they came from; replaying twice applies once, since the event's id
 * deduplicates. Throws AppError 404, or 409 for a letter that another operator takes meanwhile, before
 * anything is sent.
 */
export async function replayDeadLetters(
  bus: Bus,
  ids: DeadLetterId[],
  operator: Acting,
  onDone: OnDone,
): Promise<void> {
  await takeOut(bus, await lookUpDeadLetters(bus, ids), replayBy(bus, operator), onDone);
}

/** The same for all that fit; those that another operator takes meanwhile fit no more. */
export async function replayMatching(
  bus: Bus,
  filter: DeadLetterFilter,
  operator: Acting,
  onDone: OnDone,
): Promise<void> {
  const letters = await findDeadLetters(bus, filter);
  await takeOut(bus, letters, { ...replayBy(bus, operator), leavesOutTaken: true }, onDone);
}

/** Drops dead letters; records operator and reason first. Throws as `replayDeadLetters` does. */
export async function dropDeadLetters(
  bus: Bus,
  ids: DeadLetterId[],
  { signal, ...why }: DropReason & Acting,
  onDone: OnDone,
): Promise<void> {
  const record = (letters: StoredDeadLetter[]) =>
    forEachBounded(letters, DROPS_AT_ONCE, ({ letter }) => recordDrop(bus, letter, why));
  await takeOut(
    bus,
    await lookUpDeadLetters(bus, ids),
    { kind: 'drop', by: why.by, signal, passOn: record },
    onDone,
  );
}

const replayBy = (bus: Bus, operator: Acting): TakeOut => ({
  kind: 'replay',
  ...operator,
  passOn: (letters) => sendAgain(bus, letters),
});

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
