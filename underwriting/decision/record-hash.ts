import { createHash } from 'node:crypto';
import { canonicalText, type DecisionRecord } from './record.ts';

/**
 * Returns the hash of a stored record, in hex. Of a record with a salt: over all but the customer and
 * emotions, and over a salted hash of those, so that they can be erased and the hash stays. Of any other
 * value, an erased record among them: the SHA-256 of its canonical JSON.
 */
export function hashOfRecord(record: unknown): string {
  if (!hasSalt(record)) return sha256(canonicalText(record));
  const { remainder } = divideRecord(record);
  return sha256(canonicalText({ ...remainder, private_hash: privateHashOf(record) }));
}

/** Returns the salted hash of the erasable part of a record; null of a record without a salt. */
export function privateHashOf(record: DecisionRecord): string | null {
  if (!hasSalt(record)) return null;
  return sha256(`${record.salt}${canonicalText(divideRecord(record).erasable)}`);
}

/**
 * Divides a record into its erasable part, the customer's identity and every value of emotions, and the
 * remainder. Where the decision counts emotions, its evidence, weights and values are erasable, and codes of
 * reasons remain: they are the reasons that the law asks for.
 */
export function divideRecord(record: DecisionRecord): { remainder: object; erasable: object } {
  const { user_id, trace_id, salt: _, full, counts, outcomes, basis, ...rest } = record;
  const { reasons, recourse, evidence, weights, ...facts } = rest;
  const explanation = { reasons, recourse, evidence, weights };
  const countsEmotions = basis === 'full';
  return {
    remainder: {
      ...facts,
      basis,
      counts: { transactions: counts.transactions },
      outcomes: { twin: outcomes.twin },
      ...(countsEmotions ? { reasons: reasons.map(({ code }) => ({ code })) } : explanation),
    },
    erasable: {
      user_id,
      trace_id,
      full,
      emotions: counts.emotions,
      outcome: outcomes.full,
      ...(countsEmotions ? explanation : {}),
    },
  };
}

function hasSalt(record: unknown): record is DecisionRecord & { salt: string } {
  const { salt, private_hash } = (record ?? {}) as { salt?: unknown; private_hash?: unknown };
  return typeof salt === 'string' && private_hash === undefined;
}

/**
 * Returns the link of a record in the chain: the hash of the link before it, of the record, and of its seal,
 * which links from before seals lack.
 */
export function linkHash(previous: string, recordHash: string, seal: string | null = null): string {
  return sha256(`${previous}${recordHash}${seal ?? ''}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The link before the first. */
export const CHAIN_START = '0'.repeat(64);
