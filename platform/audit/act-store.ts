import type { Sql } from '../data/sql.ts';

/** The columns of an `ActRow`, of the alias `act`. */
export const actColumns = (sql: Sql) => sql`
  act.id, to_char(act.created_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as created_at,
  act.actor_kind, act.actor, act.act, act.subject_kind, act.subject_id, act.details, act.customer_id,
  act.reason, act.salt, act.private_hash, act.record_hash, act.erased_by`;
