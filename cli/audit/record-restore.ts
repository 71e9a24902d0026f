import { insertRestore } from '../../platform/audit/restores.ts';
import type { Sql } from '../../platform/data/sql.ts';
import type { KeptAnchor } from './anchors.ts';
import { verifyAudit } from './verify-audit.ts';

interface RecordedRestore {
  /** Links of anchors that fit no more. */
  lost: number;
  lostFrom: string;
  lostUntil: string;
  /** Other places that do not fit: a restore explains none of them. */
  otherFaults: number;
}

/**
 * Enters a restore of the database in the audit log, with the time of the lost anchors; returns null, and
 * enters none, where every anchor fits.
 */
export async function recordRestore(
  sql: Sql,
  anchors: KeptAnchor[],
  { operator, note }: { operator: string; note: string },
): Promise<RecordedRestore | null> {
  const times: string[] = [];
  const report = await verifyAudit(sql, anchors, ({ path, computed }) => {
    if (path === '/anchor') times.push((computed as { at: string }).at);
  });
  times.sort();
  const [lostFrom, lostUntil] = [times[0], times.at(-1)];
  if (lostFrom === undefined || lostUntil === undefined) return null;
  await insertRestore(sql, { operator, note, lostFrom, lostUntil });
  return { lost: times.length, lostFrom, lostUntil, otherFaults: report.faults - times.length };
}
