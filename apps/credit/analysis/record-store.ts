import type { PendingQuery, Row } from 'postgres';
import { isoMillis } from '../../../platform/data/iso-time.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import type { DecisionMessage } from '../../../platform/messaging/credit-topics.ts';
import { countDecisions } from '../../../platform/insights/decision-rollups.ts';
import type { TopicName } from '../../../platform/messaging/topics.ts';
import { appendMessages } from '../../../platform/outbox/outbox-store.ts';
import { type DecisionRecord, featuresOf } from '../../../underwriting/decision/record.ts';
import { queryExposure } from '../exposure-turns.ts';
import type { Reason } from '../../../sdk/contracts/credit.ts';

const DECISIONS: TopicName = 'creditDecisions';

export interface NewAnalysis {
  record: DecisionRecord;
  /** SHA-256 of the record's canonical JSON, in hex. */
  recordHash: string;
  /** The reasons with their texts. */
  reasons: Reason[];
  /** Names everything beside the features on which the decision depends. */
  basis: string;
  exposureVersion: string;
  offerId: string;
  offerDays: number;
  /** Null when nothing consumes it: of an approval without a challenger. */
  message: DecisionMessage | null;
}

/** The expiry of each recorded analysis's offer, by the id of the analysis. */
export type Recorded = Map<string, { offerExpiresAt: string | null }>;

/**
 * Records analyses in one statement: each ends the open offer of its customer, makes its own when approved,
 * queues the message of the decision, and counts in the rollups of the population. An analysis is missing
 * when its customer was analyzed, or the exposure has changed, since the facts were read; and while the
 * exposure is locked.
 */
export async function insertAnalyses(database: Database, analyses: NewAnalysis[]): Promise<Recorded> {
  return toRecorded(await database.query((sql) => insertion(sql, analyses, sql`skip locked`)));
}

/** The same for one, which waits for its customer's exposure. */
export async function insertAnalysis(database: Database, analysis: NewAnalysis): Promise<Recorded> {
  const { user_id: userId } = analysis.record;
  return toRecorded(await queryExposure(database, userId, (sql) => insertion(sql, [analysis], sql``)));
}

interface RecordedRow {
  id: string;
  offerExpiresAt: string | null;
}

const toRecorded = (rows: RecordedRow[]): Recorded =>
  new Map(rows.map(({ id, offerExpiresAt }) => [id, { offerExpiresAt }]));

const insertion = (sql: Sql, analyses: NewAnalysis[], ifLocked: PendingQuery<Row[]>) =>
  sql<RecordedRow[]>`
      with decided as materialized (${decidedRows(sql, analyses)}),
      free as (
        -- An acceptance under way holds the exposure; after waiting for it, the version is another.
        select decided.* from customer_exposures join decided using (user_id)
        where version = exposure_version
        for update of customer_exposures ${ifLocked}
      ),
      claimed as (
        update customer_exposures set version = version + 1 where user_id in (select user_id from free)
      ),
      latest as (
        insert into credit_analysis_latest as latest (user_id, analysis_id, features, basis, analyzed_at)
        select user_id, id, features, basis, now() from free
        on conflict (user_id) do update set analysis_id = excluded.analysis_id,
          features = excluded.features, basis = excluded.basis, analyzed_at = excluded.analyzed_at
      ),
      replaced as (
        update credit_limits set status = 'expired', updated_at = now()
        where user_id in (select user_id from free) and status = 'offered'
        returning id
      ),
      versioned as (
        insert into fact_versions (user_id) select user_id from free on conflict (user_id) do nothing
      ),
      offer as (
        insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
        select offer_id, user_id, 'offered', credit_limit, interest_rate, credit_type,
          now() + make_interval(days => offer_days)
        -- Counting makes the replaced offers give way before these are tried.
        from free, (select count(*) from replaced) as gave_way
        where offer_id is not null
        returning id, expires_at
      ),
      analysis as (${insertDecided(sql, sql`free`)}),
      queued as (${appendDecisions(sql)}),
      unlinked as (${appendUnlinked(sql, sql`free`)}),
      counted as (${countDecisions(sql, sql`free`)})
      select free.id,
        ${isoMillis(sql, 'expires_at')} as "offerExpiresAt"
      from free left join offer on offer.id = offer_id`;

/** A step that appends the messages of the decisions in `free`. */
const appendDecisions = (sql: Sql) =>
  appendMessages(sql, DECISIONS, sql`select id, message from free where message is not null`);

/** A step that records the analyses of a step, which has the columns of `decidedRows`. */
export const insertDecided = (sql: Sql, from: PendingQuery<Row[]>) => sql`
  insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version,
    policy_hash, features, contributions, reasons, recourse, offer_id, trace_id, jurisdiction,
    emotion_effect, exposure_before, record, record_hash)
  select id, user_id, approved, risk_score, model_version, policy_version,
    policy_hash, features, contributions, reasons, recourse, offer_id, trace_id, jurisdiction,
    emotion_effect, exposure_before, record, record_hash
  from ${from}`;

/** A step that has the analyses of a step linked into the chain. */
export const appendUnlinked = (sql: Sql, from: PendingQuery<Row[]>) => sql`
  insert into credit_analyses_unlinked (analysis_id) select id from ${from}`;

/** The rows of new analyses and their offers. */
export const decidedRows = (sql: Sql, analyses: NewAnalysis[]) => sql`
  select * from jsonb_to_recordset(${sql.json(analyses.map(toRow))}::jsonb) as decided (
    id uuid, user_id uuid, exposure_version bigint, basis text,
    approved boolean, risk_score float8, model_version text, policy_version text, policy_hash text,
    features jsonb, contributions jsonb, reasons jsonb, recourse jsonb, trace_id text, jurisdiction text,
    emotion_effect text, exposure_before numeric, record jsonb, record_hash text, message jsonb,
    offer_id uuid, offer_days integer, credit_limit numeric, interest_rate numeric, credit_type text)`;

function toRow({ record, ...analysis }: NewAnalysis) {
  const { prediction } = record[record.basis] ?? record.twin;
  return {
    id: record.analysis_id,
    user_id: record.user_id,
    exposure_version: analysis.exposureVersion,
    basis: analysis.basis,
    approved: record.approved,
    risk_score: prediction.risk_score,
    model_version: prediction.model_version,
    policy_version: record.versions.policy,
    policy_hash: record.versions.policy_hash,
    features: featuresOf(record),
    contributions: prediction.contributions ?? {},
    reasons: analysis.reasons,
    recourse: record.recourse,
    trace_id: record.trace_id,
    jurisdiction: record.jurisdiction,
    emotion_effect: record.effect.applied,
    exposure_before: record.exposure.before,
    record,
    record_hash: analysis.recordHash,
    message: analysis.message,
    ...(record.terms ? { ...record.terms, offer_id: analysis.offerId, offer_days: analysis.offerDays } : {}),
  };
}
