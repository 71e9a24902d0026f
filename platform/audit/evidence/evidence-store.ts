import { isoMicros } from '../../data/iso-time.ts';
import type { Sql } from '../../data/sql.ts';
import type { ActRow } from '../act-hash.ts';
import { actColumns } from '../act-store.ts';

export interface EvidenceDecision {
  row: {
    analysis_id: string;
    created_at: string;
    offer_id: string | null;
    record_hash: string | null;
    reasons: unknown;
    /** Null until it is linked. */
    position: number | null;
    linked_at: string | null;
  };
  record: unknown;
  /** Null where no policy has the decision's hash any more. */
  policy: unknown;
  policyVersion: string;
}

export type EvidenceAct = ActRow & { position: number | null };

export interface EvidenceLink {
  position: number;
  record_hash: string;
  seal: string | null;
  link: string;
}

export type ChainName = 'decisions' | 'acts';

export const ACTS_MAX = 500;

/** Returns the decision of an analysis, or of its offer. */
export async function selectEvidenceDecision(sql: Sql, id: string): Promise<EvidenceDecision | null> {
  const [row] = await sql<EvidenceDecision[]>`
    select record, policy_version as "policyVersion",
      (select document from policies where version = policy_version and hash = policy_hash) as policy,
      json_build_object('analysis_id', a.id,
        'created_at', ${isoMicros(sql, 'a.created_at')},
        'offer_id', offer_id, 'record_hash', a.record_hash, 'reasons', reasons, 'position', position,
        'linked_at', ${isoMicros(sql, 'linked_at')}) as row
    from credit_analyses a left join credit_analysis_chain chain on analysis_id = a.id
    where (a.id = ${id} or offer_id = ${id}) and record is not null`;
  return row ?? null;
}

/** Whether an act is a request of an operator, for something that there may not be. */
export const isRequest = ({ act }: Pick<EvidenceAct, 'act'>): boolean => act.startsWith('request.');

/**
 * Returns the acts on these ids, the oldest first, each with its place in the chain. Of more than may be,
 * requests are left out: no number of them takes the place of an act that changed something.
 */
export function selectEvidenceActs(
  sql: Sql,
  about: { ids: string[]; policyVersion: string | null },
): Promise<EvidenceAct[]> {
  return sql<EvidenceAct[]>`
    with chosen as (
      select id from audit_log act
      where act.id::text = any (${about.ids}::text[]) or act.subject_id = any (${about.ids}::text[])
        or act.subject_kind = 'policy' and act.subject_id = ${about.policyVersion}
      order by starts_with(act.act, 'request.'), act.created_at, act.id limit ${ACTS_MAX}
    )
    select ${actColumns(sql)}, position::float8 as position
    from audit_log act left join audit_chain chain on act_id = act.id
    where act.id in (select id from chosen)
    order by act.created_at, act.id`;
}

/** Returns the links of a chain from one position to another, without the ids of their rows. */
export function selectEvidenceLinks(
  sql: Sql,
  chain: ChainName,
  { from, to }: { from: number; to: number },
): Promise<EvidenceLink[]> {
  return chain === 'acts'
    ? sql<EvidenceLink[]>`
        select position::float8 as position, record_hash, null as seal, link from audit_chain
        where position between ${from} and ${to} order by position`
    : sql<EvidenceLink[]>`
        select position::float8 as position, record_hash, seal, link from credit_analysis_chain
        where position between ${from} and ${to} order by position`;
}

export async function selectEvidenceHead(sql: Sql, chain: ChainName): Promise<number> {
  const table = sql(chain === 'acts' ? 'audit_chain' : 'credit_analysis_chain');
  const [row] = await sql<{ position: number }[]>`
    select coalesce(max(position), 0)::float8 as position from ${table}`;
  return row?.position ?? 0;
}
