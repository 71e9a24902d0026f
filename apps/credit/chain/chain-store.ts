import type { Database } from '../../../platform/data/sql.ts';
import { CHAIN_START } from '../../../underwriting/decision/record-hash.ts';

/**
 * Links the oldest unlinked decisions into the chain, in one statement; returns their number. The position is
 * the key: of two replicas that link at once, one fails with a unique violation and has changed nothing.
 */
export async function linkDecisions(database: Database, countMax: number): Promise<number> {
  const linked = await database.query(
    (sql) => sql`
      with recursive head as (
        select position, link from credit_analysis_chain order by position desc limit 1
      ),
      waiting as (
        select id, record_hash, row_number() over (order by created_at, id) as place
        from (
          select id, record_hash, created_at from credit_analyses_unlinked
          join credit_analyses on id = analysis_id
          order by created_at, id limit ${countMax}
        ) as oldest
      ),
      links as (
        select id, record_hash, place, encode(sha256(convert_to(
          coalesce((select link from head), ${CHAIN_START}::text) || record_hash, 'UTF8')), 'hex') as link
        from waiting where place = 1
        union all
        select waiting.id, waiting.record_hash, waiting.place,
          encode(sha256(convert_to(links.link || waiting.record_hash, 'UTF8')), 'hex')
        from links join waiting on waiting.place = links.place + 1
      ),
      linked as (
        insert into credit_analysis_chain (position, analysis_id, record_hash, link)
        select coalesce((select position from head), 0) + place, id, record_hash, link from links
        returning analysis_id
      )
      delete from credit_analyses_unlinked where analysis_id in (select analysis_id from linked)
      returning analysis_id`,
  );
  return linked.length;
}

export async function countUnlinked(database: Database): Promise<number> {
  const [row] = await database.query(
    (sql) => sql<{ count: number }[]>`select count(*)::int as count from credit_analyses_unlinked`,
  );
  return row?.count ?? 0;
}
