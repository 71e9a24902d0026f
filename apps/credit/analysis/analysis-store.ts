import type { Database, Sql } from '../../../platform/data/sql.ts';
import type { DecisionMessage } from '../../../platform/messaging/decision-messages.ts';
import type { TopicName } from '../../../platform/messaging/topics.ts';
import { appendMessages } from '../../../platform/outbox/outbox-store.ts';
import type { AnalysisRecord } from '../../../underwriting/analysis.ts';
import type { EmotionDay, Sourced, TransactionDay } from '../../../underwriting/daily-facts.ts';
import type { DecisionRecord } from '../../../underwriting/decision/record.ts';
import type { FeatureVector } from '../../../underwriting/risk-model.ts';
import type { Reason } from '../../../sdk/contracts/credit.ts';

const DECISIONS: TopicName = 'creditDecisions';

/** Credit analyses: the facts that go in, the decision record that comes out. */

export interface Facts {
  /** ISO 3166-1 alpha-2; null where nobody has said. */
  jurisdiction: string | null;
  locale: 'en' | 'pt-BR';
  /** Sum of the accepted and active limits. */
  exposure: number;
  /** Of the exposure and the recorded decisions; a decision on an older one is not recorded. */
  exposureVersion: string;
  /** UTC date of the database's clock. */
  today: string;
  transactions: Sourced<TransactionDay>[];
  /** Counts the changes of the facts; null while it may miss one: an analysis of them is not cached. */
  factsVersion: string | null;
  /** Until the windows begin a day later. */
  secondsLeftToday: number;
  /** The last analysis; it counts until the facts change. */
  latest: (AnalysisRecord & { basis: string | null; secondsLeft: number }) | null;
}

/**
 * Longer than a statement may take: after it, a statement that stores facts and did not yet see the
 * customer's row of `fact_versions` has ended.
 */
export const SETTLE_SECONDS = 5;

/**
 * Reads all facts of a customer but the emotions, in one statement; null for a customer that does not exist.
 * Emotions are a statement of their own: where they may not count, none is sent that names them.
 */
export async function selectFacts(
  database: Database,
  userId: string,
  cooldownSeconds: number,
): Promise<Facts | null> {
  const [facts] = await database.query(
    (sql) => sql<Facts[]>`
      with clock as (select (now() at time zone 'utc')::date as today)
      select
        today::text as today, jurisdiction, locale,
        exposure::float8 as exposure, customer_exposures.version::text as "exposureVersion",
        extract(epoch from today + 1 - (now() at time zone 'utc'))::float8 as "secondsLeftToday",
        (select coalesce(json_agg(json_build_object('date', summary_date,
            'transactionCount', transaction_count, 'amountSum', amount_sum,
            'platform', json_build_object(
              'transactionCount', platform_transaction_count, 'amountSum', platform_amount_sum))), '[]')
          from transaction_daily_sums where user_id = users.id and summary_date > today - 30) as transactions,
        (select version::text from fact_versions
          where user_id = users.id
            and created_at < now() - make_interval(secs => ${SETTLE_SECONDS})) as "factsVersion",
        (select (${analysisJson(sql)})::jsonb || jsonb_build_object('basis', latest.basis, 'secondsLeft',
            ${cooldownSeconds}::float8 - extract(epoch from now() - latest.analyzed_at)::float8)
          from credit_analysis_latest latest
          join credit_analyses a on a.id = latest.analysis_id
          left join credit_limits o on o.id = a.offer_id
          where latest.user_id = users.id
            and latest.analyzed_at > now() - make_interval(secs => ${cooldownSeconds})) as latest
      from users join customer_exposures on user_id = users.id, clock where users.id = ${userId}`,
  );
  return facts ?? null;
}

/** The emotions of the longest window that ends today, by customer and day; none for one without any. */
export async function selectEmotions(
  database: Database,
  userIds: string[],
): Promise<Map<string, Sourced<EmotionDay>[]>> {
  const rows = await database.query(
    (sql) => sql<{ userId: string; days: Sourced<EmotionDay>[] }[]>`
      select user_id as "userId", json_agg(json_build_object('date', summary_date,
        'eventCount', event_count, 'positivitySum', positivity_sum, 'stressEventCount', stress_event_count,
        'platform', json_build_object('eventCount', platform_event_count,
          'positivitySum', platform_positivity_sum,
          'stressEventCount', platform_stress_event_count))) as days
      from emotional_daily_sums
      where user_id = any (${userIds}::uuid[]) and summary_date > (now() at time zone 'utc')::date - 30
      group by user_id`,
  );
  return new Map(rows.map(({ userId, days }) => [userId, days]));
}

interface NewAnalysis {
  record: DecisionRecord;
  /** SHA-256 of the record's canonical JSON, in hex. */
  recordHash: string;
  /** The counted features, as the record's `full` or else `twin` has them. */
  features: FeatureVector;
  /** The reasons with their texts. */
  reasons: Reason[];
  /** Everything beside the features that makes another analysis of it. */
  basis: string;
  exposureVersion: string;
  offerId: string;
  offerDays: number;
  /** Null where nobody needs it. */
  message: DecisionMessage | null;
}

/**
 * Records an analysis in one statement: it ends the open offer, makes its own when approved, and queues the
 * message of the decision. Returns null when the customer's exposure has changed, or another analysis was
 * recorded, since the facts were read: of several analyses at the same time one is recorded.
 */
export async function insertAnalysis(
  database: Database,
  analysis: NewAnalysis,
): Promise<AnalysisRecord | null> {
  const { record, recordHash, features, reasons } = analysis;
  const { analysis_id: id, user_id: userId, terms } = record;
  const { prediction } = record[record.basis] ?? record.twin;
  const [row] = await database.query(
    (sql) => sql<{ record: AnalysisRecord }[]>`
      with claimed as (
        -- Waits for an acceptance under way, and then sees its exposure.
        update customer_exposures set version = version + 1
        where user_id = ${userId} and version = ${analysis.exposureVersion}::bigint
        returning user_id
      ),
      latest as (
        insert into credit_analysis_latest as latest (user_id, analysis_id, features, basis, analyzed_at)
        select user_id, ${id}::uuid, ${sql.json(features)}::jsonb, ${analysis.basis}::text, now() from claimed
        on conflict (user_id) do update set analysis_id = excluded.analysis_id,
          features = excluded.features, basis = excluded.basis, analyzed_at = excluded.analyzed_at
      ),
      replaced as (
        update credit_limits set status = 'expired', updated_at = now()
        where user_id in (select user_id from claimed) and status = 'offered'
        returning id
      ),
      versioned as (
        insert into fact_versions (user_id) select user_id from claimed on conflict (user_id) do nothing
      ),
      o as (
        insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
        select ${analysis.offerId}::uuid, user_id, 'offered', ${terms?.credit_limit ?? null}::numeric,
          ${terms?.interest_rate ?? null}::numeric, ${terms?.credit_type ?? null}::text,
          now() + make_interval(days => ${analysis.offerDays})
        -- Counting makes the replaced offer give way before this one is tried.
        from claimed, (select count(*) from replaced) as gave_way
        where ${terms !== null}::boolean
        returning *
      ),
      a as (
        insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version,
          policy_hash, features, contributions, reasons, recourse, offer_id, trace_id, jurisdiction,
          emotion_effect, exposure_before, record, record_hash)
        select ${id}::uuid, user_id, ${record.approved}::boolean, ${prediction.risk_score}::float8,
          ${prediction.model_version}::text, ${record.versions.policy}::text,
          ${record.versions.policy_hash}::text, ${sql.json(features)}::jsonb,
          ${sql.json(prediction.contributions ?? {})}::jsonb, ${sql.json(reasons)}::jsonb,
          ${sql.json(record.recourse)}::jsonb, (select id from o), ${record.trace_id}::text,
          ${record.jurisdiction}::text, ${record.effect.applied}::text, ${record.exposure.before}::numeric,
          ${sql.json(record)}::jsonb, ${recordHash}::text
        from claimed
        returning *
      ),
      queued as (${appendDecision(sql, analysis.message)}),
      unlinked as (insert into credit_analyses_unlinked (analysis_id) select id from a)
      select ${analysisJson(sql)} as record from a left join o on true`,
  );
  return row?.record ?? null;
}

/** A step that appends the message of the analysis in the alias `a`, where there is one. */
const appendDecision = (sql: Sql, message: DecisionMessage | null) =>
  appendMessages(
    sql,
    DECISIONS,
    sql`select id, ${sql.json(message)}::jsonb from a where ${message !== null}::boolean`,
  );

/** The versions of facts that `Facts` has, by customer; none for a customer that was never analyzed. */
export async function selectFactsVersions(
  database: Database,
  userIds: string[],
): Promise<Map<string, string>> {
  const rows = await database.query(
    (sql) => sql<{ userId: string; version: string }[]>`
      select user_id as "userId", version::text from fact_versions where user_id = any (${userIds}::uuid[])`,
  );
  return new Map(rows.map(({ userId, version }) => [userId, version]));
}

/** An `AnalysisRecord` from the aliases `a` (analysis) and `o` (offer, or nothing). */
function analysisJson(sql: Sql) {
  return sql`json_build_object(
    'id', a.id, 'approved', a.approved, 'riskScore', a.risk_score, 'modelVersion', a.model_version,
    'policyVersion', a.policy_version, 'features', a.features, 'reasons', a.reasons,
    'offer', case when o.id is null then null else json_build_object(
      'offer_id', o.id, 'credit_limit', o.credit_limit, 'interest_rate', o.interest_rate,
      'credit_type', o.credit_type,
      'expires_at', to_char(o.expires_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end)`;
}
