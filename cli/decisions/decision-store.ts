import {
  type DecidedPlace,
  decisionColumns,
  type DecisionRow,
  toStored,
} from '../../platform/decisions/decision-reads.ts';
import { isoSeconds } from '../../platform/data/iso-time.ts';
import type { Sql } from '../../platform/data/sql.ts';
import type { StoredDecision } from '../../underwriting/decision/verify-decision.ts';

/** Stored decisions as an operator reads them: rows, records, and the chain of their hashes. */

/**
 * Decisions since a time that no link names, in the order of their times: they wait for their link, or were
 * written beside the system. Decisions from before records were kept have none.
 */
export async function selectUnlinked(
  sql: Sql,
  page: { after: DecidedPlace | null; since: Date | null; size: number },
): Promise<(DecidedPlace & { decision: StoredDecision; secondsWaiting: number | null })[]> {
  const { after, since, size } = page;
  const rows = await sql<(DecisionRow & { at: string; secondsWaiting: number | null })[]>`
    select ${decisionColumns(sql)}, a.created_at::text as at,
      case when exists (select from credit_analyses_unlinked u where u.analysis_id = a.id)
        then extract(epoch from now() - a.created_at)::float8 end as "secondsWaiting"
    from credit_analyses a left join credit_limits o on o.id = a.offer_id
    where a.created_at >= coalesce(${since}::timestamptz, '-infinity')
      and (a.created_at, a.id) > (coalesce(${after?.at ?? null}::text::timestamptz, '-infinity'),
        coalesce(${after?.id ?? null}::uuid, '00000000-0000-0000-0000-000000000000'))
      -- Each is looked up by index: a join would read the whole chain.
      and not exists (select from credit_analysis_chain chain where chain.analysis_id = a.id offset 0)
      and not (a.record is null and a.record_hash is null and a.policy_hash is null
        and exists (select from credit_analyses_unrecorded of_before where of_before.analysis_id = a.id))
    order by a.created_at, a.id limit ${size}`;
  return rows.map(({ at, secondsWaiting, ...row }) => ({
    at,
    id: row.id,
    decision: toStored(row),
    secondsWaiting,
  }));
}

/** Decisions that wait for their link and are not there any more. */
export async function selectLost(sql: Sql): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    select analysis_id as id from credit_analyses_unlinked u
    where not exists (select from credit_analyses where id = u.analysis_id) order by id limit 1000`;
  return rows.map(({ id }) => id);
}

/** The first position of the decisions since a time; null when there is none. */
export async function selectPositionSince(sql: Sql, since: Date): Promise<number | null> {
  const [row] = await sql<{ position: number | null }[]>`
    select min(position)::float8 as position
    from credit_analyses a join credit_analysis_chain on analysis_id = a.id where created_at >= ${since}`;
  return row?.position ?? null;
}

/** The time of the oldest decision with a link from a position on; null when there is none. */
export async function selectOldestFrom(sql: Sql, position: number): Promise<Date | null> {
  const [row] = await sql<{ oldest: Date | null }[]>`
    select min(created_at) as oldest
    from credit_analysis_chain join credit_analyses a on a.id = analysis_id where position >= ${position}`;
  return row?.oldest ?? null;
}

/**
 * Returns the position from which each record had a salt: a day after the first seal, since both came with
 * one version and an update takes time; Infinity when no link is as young. Where the first link has a seal,
 * all have.
 */
export async function selectSaltedFrom(sql: Sql): Promise<number> {
  const [row] = await sql<{ position: number | null }[]>`
    with first_seal as (
      select position, linked_at from credit_analysis_chain as chain
      where seal is not null order by chain.position limit 1
    )
    select case when first_seal.position = 1 then 1 else (
      select position from credit_analysis_chain as chain
      where linked_at >= first_seal.linked_at + interval '1 day' order by chain.position limit 1
    ) end::float8 as position
    from first_seal`;
  return row?.position ?? Number.POSITIVE_INFINITY;
}

/** Counts the decisions from before records were kept. */
export async function countUnrecorded(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::int as count from credit_analyses_unrecorded`;
  return row?.count ?? 0;
}

interface DecisionLine {
  analysis_id: string;
  created_at: string;
  user_id: string;
  approved: boolean;
  risk_score: number;
  credit_limit: number | null;
  policy: string;
  jurisdiction: string | null;
  emotion_effect: string | null;
  reasons: string[];
}

interface DecisionFilter {
  userId?: string | undefined;
  denied?: boolean | undefined;
  since?: Date | undefined;
  policy?: string | undefined;
  limit: number;
}

/** The decisions that a filter selects, newest first. */
export function selectLines(sql: Sql, filter: DecisionFilter): Promise<DecisionLine[]> {
  const { userId = null, denied = false, since = null, policy = null, limit } = filter;
  return sql<DecisionLine[]>`
    select a.id as analysis_id, ${isoSeconds(sql, 'a.created_at')} as created_at, a.user_id, approved,
      risk_score, o.credit_limit::float8 as credit_limit, policy_version as policy,
      jurisdiction, emotion_effect,
      array(select reason->>'code' from jsonb_array_elements(reasons) as reason) as reasons
    from credit_analyses a left join credit_limits o on o.id = a.offer_id
    where (${userId}::uuid is null or a.user_id = ${userId}::uuid)
      and (not ${denied} or not approved)
      and (${since}::timestamptz is null or a.created_at >= ${since}::timestamptz)
      and (${policy}::text is null or policy_version = ${policy}::text)
    order by a.created_at desc, a.id desc limit ${limit}`;
}

/** As `DECISION_CHAIN` seals them. */
