import type { Sql } from '../data/sql.ts';
import { appendAct } from './append-act.ts';

/**
 * A restore of the database, as an operator has entered it in the audit log. The chains begin anew where the
 * dump ends, so that the anchors between the dump and the loss contradict them for good. Without the act that
 * is a cut end, or a chain made anew.
 */
export interface Restore {
  id: string;
  /** ISO 8601, as the following two: times of the first and the last anchor that fitted no more. */
  at: string;
  lostFrom: string;
  lostUntil: string;
  operator: string;
  note: string | null;
}

const ACT = 'database.restore';

/** The recorded restores, the oldest first. */
export async function selectRestores(sql: Sql): Promise<Restore[]> {
  const rows = await sql<(Omit<Restore, 'at'> & { at: Date })[]>`
    select id, created_at as at, actor as operator, reason as note,
      details ->> 'lost_from' as "lostFrom", details ->> 'lost_until' as "lostUntil"
    from audit_log
    where act = ${ACT} and actor_kind = 'operator' and details ? 'lost_from' and details ? 'lost_until'
    order by created_at`;
  return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }));
}

export async function insertRestore(
  sql: Sql,
  { operator, note, lostFrom, lostUntil }: Omit<Restore, 'id' | 'at'>,
): Promise<void> {
  await appendAct(sql, {
    actor: { kind: 'operator', name: operator },
    act: ACT,
    subject: { kind: 'database', id: null },
    reason: note,
    details: { lost_from: lostFrom, lost_until: lostUntil },
  });
}

/** Whether an anchor is of the time that a restore has lost. No act speaks for anchors after itself. */
export function isLost(anchor: { at: string }, restores: Restore[]): boolean {
  return restores.some(
    ({ at, lostFrom, lostUntil }) => lostFrom <= anchor.at && anchor.at <= lostUntil && anchor.at <= at,
  );
}
