import { createHash } from 'node:crypto';
import { canonicalText } from './record.ts';

/** Returns the SHA-256 of a record's canonical JSON, in hex. */
export function hashOfRecord(record: unknown): string {
  return createHash('sha256').update(canonicalText(record)).digest('hex');
}

/**
 * Returns the link of a record in the chain: the hash of the link before it, of the record, and of its seal,
 * which links of before seals lack.
 */
export function linkHash(previous: string, recordHash: string, seal: string | null = null): string {
  return createHash('sha256')
    .update(`${previous}${recordHash}${seal ?? ''}`)
    .digest('hex');
}

/** The link before the first. */
export const CHAIN_START = '0'.repeat(64);
