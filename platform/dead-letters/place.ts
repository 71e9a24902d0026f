import { unknownCursor } from '../http/list-page.ts';
import { positionOf, type StoredDeadLetter } from './dead-letter-format.ts';

/**
 * The place of a letter in the list: the sequence of the message that holds it, and its position there. An
 * act on other letters of a message moves the rest to the end of the list: they come again, and none is left
 * out.
 */
export interface Place {
  sequence: number;
  position: number;
}

const CURSOR = /^(\d+)-(\d+)$/;

export const placeOf = ({ letter, heldIn }: StoredDeadLetter): Place => ({
  sequence: heldIn,
  position: positionOf(letter.id),
});

/** The place as clients have it: opaque. */
export const toCursor = ({ sequence, position }: Place): string => `${sequence}-${position}`;

/** Throws AppError 422. */
export function readCursor(cursor: string, part: 'query' | 'body'): Place {
  const [sequence, position] = (CURSOR.exec(cursor) ?? []).slice(1).map(Number);
  if (sequence === undefined || position === undefined) throw unknownCursor(part);
  return { sequence, position };
}
