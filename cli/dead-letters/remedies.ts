import type { DeadLetterCode } from '../../platform/dead-letters/known-filter.ts';

/** Remedies of dead letters by their codes: the table of docs/failure-modes.md. */
export const REMEDIES: Readonly<Record<DeadLetterCode, string>> = {
  unknown_user: 'a replay, if the row is put back; else drop',
  conflict: 'drop; the sender sends it under another id',
  invalid: 'drop; the sender was not ingestion, or another version',
  malformed: 'drop',
  refused: 'a replay, once the schema or the row is mended',
  delivered_too_often: 'a replay, once the reader is mended',
  offer_not_accepted: 'drop; the customer accepts again',
  unknown_decision: 'drop: the customer was told, or asks for a new analysis',
  model_rejected: 'a replay, once the model takes them',
};

export const remedyOf = (code: string): string =>
  (REMEDIES as Readonly<Record<string, string>>)[code] ?? 'see docs/failure-modes.md';
