import { isoMicros } from '../data/iso-time.ts';
import type { Sql } from '../data/sql.ts';
import {
  type ChainLinkRow,
  decisionColumns,
  type DecisionRow,
  type StoredDecisionRow,
  toStored,
} from './decision-reads.ts';

/** The columns that no record has, as their link sealed them; times in UTC, to the microsecond. */
interface SealedColumns {
  created_at: string;
  linked_at: string;
  offer_id: string | null;
}

/** A place of the chain with the decision that it names; null when there is none any more. */
export interface LinkedDecision {
  link: ChainLinkRow;
  decision: StoredDecisionRow | null;
  sealed: SealedColumns;
}

/** The links after a position, in their order. */
export async function selectLinked(
  sql: Sql,
  page: { after: number; upTo: number; size: number },
): Promise<LinkedDecision[]> {
  const rows = await sql<(ChainLinkRow & DecisionRow & { sealed: SealedColumns })[]>`
    select position::float8 as position, chain.analysis_id as "rowId",
      chain.record_hash as "recordHash", chain.seal, chain.link, ${sealedColumns(sql)} as sealed,
      ${decisionColumns(sql)}
    -- Cut before the joins: they would be made of every later link.
    from (
      select * from credit_analysis_chain where position > ${page.after} and position <= ${page.upTo}
      order by position limit ${page.size}
    ) as chain
    left join credit_analyses a on a.id = chain.analysis_id
    left join credit_limits o on o.id = a.offer_id
    order by position`;
  return rows.map(({ position, rowId, recordHash, seal, link, sealed, ...row }) => ({
    link: { position, rowId, recordHash, seal, link },
    sealed,
    decision: row.id === null ? null : toStored(row),
  }));
}

const sealedColumns = (sql: Sql) => sql`json_build_object(
  'created_at', ${isoMicros(sql, 'a.created_at')},
  'linked_at', ${isoMicros(sql, 'chain.linked_at')},
  'offer_id', a.offer_id)`;
