import type { Sql } from '../data/sql.ts';

/** Stored decisions as they are read, by the services and by the command line. */

/** A decision as it is stored, for `verifyDecision`. */
export interface StoredDecisionRow {
  analysisId: string;
  /** Null of a decision before records were kept. */
  record: unknown;
  recordHash: string | null;
  /** The columns that repeat the record, by its JSON pointers. */
  columns: Record<string, unknown>;
  messages: unknown[];
  createdAt: Date;
  erasedAt: Date | null;
}

export interface ChainLinkRow {
  position: number;
  /** Of the analysis. */
  rowId: string;
  recordHash: string;
  seal: string | null;
  link: string;
}

/** Returns a stored decision with its row as it is; null for an unknown id. */
export async function selectStored(sql: Sql, analysisId: string): Promise<StoredDecisionRow | null> {
  const [row] = await sql<DecisionRow[]>`
    select ${decisionColumns(sql)} from credit_analyses a left join credit_limits o on o.id = a.offer_id
    where a.id = ${analysisId}`;
  return row ? toStored(row) : null;
}

/** The link at a position, the last by default. */
export async function selectLink(
  sql: Sql,
  at: { position?: number; analysisId?: string } = {},
): Promise<ChainLinkRow | null> {
  const [link] = await sql<ChainLinkRow[]>`
    select position::float8 as position, analysis_id as "rowId", record_hash as "recordHash", seal, link
    from credit_analysis_chain as chain
    where ${at.position === undefined ? sql`true` : sql`position = ${at.position}::bigint`}
      and ${at.analysisId === undefined ? sql`true` : sql`analysis_id = ${at.analysisId}::uuid`}
    -- By the column, which has an index, and not by the number that is made of it.
    order by chain.position desc limit 1`;
  return link ?? null;
}

/** A place in the order of decisions; the time is a text, to the microsecond. */
export interface DecidedPlace {
  at: string;
  id: string;
}

export interface DecidedRecord extends DecidedPlace {
  record: unknown;
  /** Whether the customer had a decision before. */
  isKnown: boolean;
}

/** Records before a place, newest first. */
export function selectDecided(
  sql: Sql,
  page: { before: DecidedPlace | null; since: Date | null; size: number },
): Promise<DecidedRecord[]> {
  const { before, since, size } = page;
  return sql<DecidedRecord[]>`
    select id, created_at::text as at, record,
      exists (
        select from credit_analyses earlier
        where earlier.user_id = a.user_id and earlier.created_at < a.created_at
      ) as "isKnown"
    from credit_analyses a
    where (${since}::timestamptz is null or created_at >= ${since}::timestamptz)
      and (created_at, id) < (coalesce(${before?.at ?? null}::text::timestamptz, 'infinity'),
        coalesce(${before?.id ?? null}::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    order by created_at desc, id desc limit ${size}`;
}

export interface DecisionRow {
  id: string;
  record: unknown;
  hash: string | null;
  reasons: Record<string, unknown>[];
  credit_limit: number | null;
  interest_rate: number | null;
  credit_type: string | null;
  created_at: Date;
  erased_at: Date | null;
  [column: string]: unknown;
}

export const decisionColumns = (sql: Sql) => sql`
  a.id, a.record, a.record_hash as hash, a.user_id, a.trace_id, a.approved, a.risk_score, a.model_version,
  a.contributions, a.features, a.policy_version, a.policy_hash, a.jurisdiction, a.emotion_effect,
  a.exposure_before::float8 as exposure_before, a.reasons, a.recourse,
  a.created_at, a.erased_at, o.credit_limit::float8 as credit_limit, o.interest_rate::float8 as interest_rate,
  o.credit_type, o.user_id as offer_owner`;

export function toStored(row: DecisionRow): StoredDecisionRow {
  const { record, hash, reasons, credit_limit, interest_rate, credit_type, ...rest } = row;
  const { created_at, erased_at, ...columns } = rest;
  return {
    analysisId: row.id,
    record,
    recordHash: hash,
    messages: reasons.map(({ message }) => message),
    createdAt: created_at,
    erasedAt: erased_at,
    columns: {
      ...Object.fromEntries(Object.entries(columns).map(([name, value]) => [`/${name}`, value])),
      // The texts of the reasons are the policy's, and checked by it.
      '/reasons': reasons.map(({ message: _, ...reason }) => reason),
      '/offer': credit_limit === null ? null : { credit_limit, interest_rate, credit_type },
    },
  };
}
