import type { DecisionRecord } from './record.ts';

/**
 * Editions of how a decision is bounded and how its reasons are told, the newest last; a record is decided
 * again by the edition of its time.
 *
 *   1  a limit that the highest sum alone cuts was one that exposure reduces
 *   2  an average of no transactions was a reason, and a denial for its score was silent about a full sum of
 *      limits
 *   3  a positivity without emotions was a reason, a rule about the sum of limits was told without the sum,
 *      and an emotion that the customer reported bounded the customer without emotions as well
 *   4  a rule was told as the first of its code, even where that one did not deny, and one of several
 *      emotions as the score where emotions count in full; a score beside a rule could be untold; a feature
 *      at its best was a reason where the model blamed it; the sum that leaves room was told as enough where
 *      a rule denies it; a limit that sources cut had no values
 */
const EDITIONS = [1, 2, 3, 4, 5] as const;
export type Edition = (typeof EDITIONS)[number];
export const NEWEST: Edition = 5;

/** Records name their edition from this one on. */
const NAMED_FROM: Edition = 4;

/** The editions that a record may be of: the one it names, or any from before they were named. */
export function editionsOf({ versions }: Pick<DecisionRecord, 'versions'>): Edition[] {
  if (versions.edition === undefined) return EDITIONS.filter((edition) => edition < NAMED_FROM);
  return EDITIONS.filter((edition) => edition === versions.edition);
}

/** Whether a record is of an edition that only a newer release knows: this one cannot decide it again. */
export function isOfNewerEdition({ versions }: Pick<DecisionRecord, 'versions'>): boolean {
  return (versions.edition ?? 0) > NEWEST;
}
