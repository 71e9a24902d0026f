import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** A row of the audit log; the time in UTC, to the microsecond. */
export interface ActRow {
  id: string;
  created_at: string;
  actor_kind: 'operator' | 'customer' | 'system' | 'database';
  actor: string | null;
  act: string;
  subject_kind: string;
  subject_id: string | null;
  details: Record<string, unknown>;
  /** With reason and salt, null once erased. */
  customer_id: string | null;
  reason: string | null;
  salt: string | null;
  private_hash: string;
  record_hash: string;
  erased_by: string | null;
  /** User of the database and program; null in acts from before it was kept. */
  written_by: string | null;
}

/** Returns the hash of an act as its trigger makes it; customer and reason are in it by their salted hash. */
export function hashOfAct(act: ActRow): string {
  const { id, created_at, actor_kind, actor, subject_kind, subject_id, private_hash, details } = act;
  const writer = act.written_by === null ? {} : { written_by: act.written_by };
  return sha256(
    canonicalize({
      id,
      created_at,
      actor_kind,
      actor,
      act: act.act,
      subject_kind,
      subject_id,
      private_hash,
      details,
      ...writer,
    }) ?? '',
  );
}

/** Returns the hash of customer and reason; null once they were erased. */
export function privateHashOfAct({ customer_id, reason, salt }: ActRow): string | null {
  return salt === null ? null : sha256(`${salt}${canonicalize({ customer_id, reason })}`);
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
