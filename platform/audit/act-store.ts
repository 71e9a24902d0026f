import { isoMicros } from '../data/iso-time.ts';
import type { Sql } from '../data/sql.ts';
import type { ActRow } from './act-hash.ts';

/** A place in the order of acts, newest first; the time to the microsecond. */
interface ActPlace {
  created_at: string;
  id: string;
}

interface ActFilter {
  actor?: string | null;
  /** `policy.add`, or `policy` for all of its verbs. */
  act?: string | null;
  /** Id of the subject, or of the customer. */
  subject?: string | null;
  since?: Date | null;
  before?: ActPlace | null;
  limit: number;
}

/** Returns the acts that a filter selects, newest first. */
export function selectActs(sql: Sql, filter: ActFilter): Promise<ActRow[]> {
  const { actor = null, act = null, subject = null, since = null, before = null, limit } = filter;
  return sql<ActRow[]>`
    select ${actColumns(sql)} from audit_log act
    where (${actor}::text is null or lower(act.actor) = lower(${actor}::text))
      and (${act}::text is null or act.act = ${act}::text or starts_with(act.act, ${act}::text || '.'))
      and (${subject}::text is null or act.subject_id = ${subject}::text
        or act.customer_id::text = lower(${subject}::text))
      and (${since}::timestamptz is null or act.created_at >= ${since}::timestamptz)
      and (act.created_at, act.id) < (coalesce(${before?.created_at ?? null}::text::timestamptz, 'infinity'),
        coalesce(${before?.id ?? null}::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    order by act.created_at desc, act.id desc limit ${limit}`;
}

export async function selectAct(sql: Sql, id: string): Promise<ActRow | null> {
  const [row] = await sql<ActRow[]>`select ${actColumns(sql)} from audit_log act where act.id = ${id}`;
  return row ?? null;
}

/** The columns of an `ActRow`, of the alias `act`. */
export const actColumns = (sql: Sql) => sql`
  act.id, ${isoMicros(sql, 'act.created_at')} as created_at,
  act.actor_kind, act.actor, act.act, act.subject_kind, act.subject_id, act.details, act.customer_id,
  act.reason, act.salt, act.private_hash, act.record_hash, act.erased_by,
  act.written_by`;
