import { isoMicros } from '../../../platform/data/iso-time.ts';
import type { Sql } from '../../../platform/data/sql.ts';
import type { Chain } from '../../../platform/audit/link-rows.ts';

/** The chain of decisions: by the hash of each record, sealed with the columns that no record has. */
export const DECISION_CHAIN: Chain = {
  name: 'decisions',
  head: (sql) => sql`select position, link from credit_analysis_chain order by position desc limit 1`,
  waiting: (sql, countMax) => sql`
    select id, record_hash, ${sealOf(sql)} as seal, created_at
    from credit_analyses_unlinked join credit_analyses on id = analysis_id
    order by created_at, id limit ${countMax}`,
  insert: (sql, links) => sql`
    insert into credit_analysis_chain (position, analysis_id, record_hash, link, seal, linked_at)
    select position, id, record_hash, link, seal, now()
    from (${links}) as made (position, id, record_hash, link, seal)
    returning analysis_id as id`,
  dequeue: (sql) => sql`
    delete from credit_analyses_unlinked where analysis_id in (select id from linked)
    returning analysis_id as id`,
  count: (sql) => sql`select count(*)::int as count from credit_analyses_unlinked`,
};

/** Its counterpart for rows that have a link is `sealed` in platform/decisions/linked-decision-store.ts. */
function sealOf(sql: Sql) {
  // Canonical JSON written out: canonical_json() took longer than the rest of the statement.
  // An infinite time and a missing offer become JSON null: SQL's null would make the whole seal null.
  return sql`encode(sha256(convert_to(
    '{"created_at":' ||
    coalesce('"' || ${isoMicros(sql, 'created_at')} || '"', 'null') ||
    ',"linked_at":"' || ${isoMicros(sql, sql`now()`)} ||
    '","offer_id":' || coalesce('"' || offer_id || '"', 'null') || '}', 'UTF8')), 'hex')`;
}
