import { unknownCursor } from '../http/list-page.ts';
import { positionOf, type StoredDeadLetter } from './dead-letter-format.ts';

/**
 * The place of a letter in the list: the message that holds it, by its time and sequence, and its position
 * there. An act on other letters of a message moves the rest to the end of the list: they come again, and
 * none is left out.
 */
export interface Place {
  atMs: number;
  sequence: number;
  position: number;
}

const CURSOR = /^(\d+)-(\d+)-(\d+)$/;

export const placeOf = ({ letter, heldIn, heldAtMs }: StoredDeadLetter): Place => ({
  atMs: heldAtMs,
  sequence: heldIn,
  position: positionOf(letter.id),
});

/** The place as clients have it: opaque. */
export const toCursor = ({ atMs, sequence, position }: Place): string => `${atMs}-${sequence}-${position}`;

/** Throws AppError 422. */
export function readCursor(cursor: string, part: 'query' | 'body'): Place {
  const [atMs, sequence, position] = (CURSOR.exec(cursor) ?? []).slice(1).map(Number);
  if (atMs === undefined || sequence === undefined || position === undefined) throw unknownCursor(part);
  return { atMs, sequence, position };
}
