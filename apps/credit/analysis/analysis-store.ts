import type { Reason } from '../../../sdk/contracts/credit.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { AnalysisRecord } from '../../../underwriting/analysis.ts';
import type { EmotionDay, TransactionDay } from '../../../underwriting/daily-facts.ts';
import { OFFER_DAYS } from '../../../underwriting/offer.ts';
import type { CreditTerms } from '../../../underwriting/policy.ts';
import type { FeatureVector, Prediction } from '../../../underwriting/risk-model.ts';

/** Credit analyses: the facts that go in, the decision record that comes out. */

export interface Facts {
  /** UTC date of the database's clock. */
  today: string;
  emotions: EmotionDay[];
  transactions: TransactionDay[];
  /** Counts the changes of the facts; null while it may miss one: an analysis of them is not cached. */
  factsVersion: string | null;
  /** Until the windows begin a day later. */
  secondsLeftToday: number;
  /** The last analysis; it counts until the facts change. */
  latest: (AnalysisRecord & { secondsLeft: number }) | null;
}

/**
 * Longer than a statement may take: after it, a statement that stores facts and did not yet see the
 * customer's row of `fact_versions` has ended.
 */
export const SETTLE_SECONDS = 5;

/** All that an analysis needs to know of a user, in one statement; null for a user that does not exist. */
export async function selectFacts(
  database: Database,
  userId: string,
  cooldownSeconds: number,
): Promise<Facts | null> {
  const [facts] = await database.query(
    (sql) => sql<Facts[]>`
      with clock as (select (now() at time zone 'utc')::date as today)
      select
        today::text as today,
        extract(epoch from today + 1 - (now() at time zone 'utc'))::float8 as "secondsLeftToday",
        (select coalesce(json_agg(json_build_object('date', summary_date, 'eventCount', event_count,
            'positivitySum', positivity_sum, 'stressEventCount', stress_event_count)), '[]')
          from emotional_daily_sums where user_id = users.id and summary_date > today - 30) as emotions,
        (select coalesce(json_agg(json_build_object('date', summary_date,
            'transactionCount', transaction_count, 'amountSum', amount_sum)), '[]')
          from transaction_daily_sums where user_id = users.id and summary_date > today - 30) as transactions,
        (select version::text from fact_versions
          where user_id = users.id
            and created_at < now() - make_interval(secs => ${SETTLE_SECONDS})) as "factsVersion",
        (select (${analysisJson(sql)})::jsonb || jsonb_build_object('secondsLeft',
            ${cooldownSeconds}::float8 - extract(epoch from now() - latest.analyzed_at)::float8)
          from credit_analysis_latest latest
          join credit_analyses a on a.id = latest.analysis_id
          left join credit_limits o on o.id = a.offer_id
          where latest.user_id = users.id
            and latest.analyzed_at > now() - make_interval(secs => ${cooldownSeconds})) as latest
      from users, clock where users.id = ${userId}`,
  );
  return facts ?? null;
}

interface NewAnalysis {
  id: string;
  userId: string;
  features: FeatureVector;
  prediction: Prediction;
  policyVersion: string;
  reasons: Reason[];
  /** Null when denied. */
  terms: CreditTerms | null;
  offerId: string;
  traceId: string;
  cooldownSeconds: number;
}

/**
 * Records an analysis and, when approved, makes its offer or finds the open one, in one statement. Of
 * several analyses of the same facts at the same time one is recorded: they compete for the row of
 * `credit_analysis_latest`. Returns null to the others.
 */
export async function insertAnalysis(
  database: Database,
  analysis: NewAnalysis,
): Promise<AnalysisRecord | null> {
  const { terms, prediction } = analysis;
  const [row] = await database.query(
    (sql) => sql<{ record: AnalysisRecord }[]>`
      with claimed as (
        insert into credit_analysis_latest as latest (user_id, analysis_id, features, analyzed_at)
        values (${analysis.userId}, ${analysis.id}, ${sql.json(analysis.features)}, now())
        on conflict (user_id) do update set
          analysis_id = excluded.analysis_id, features = excluded.features, analyzed_at = excluded.analyzed_at
        where latest.analyzed_at <= now() - make_interval(secs => ${analysis.cooldownSeconds})
          or latest.features <> excluded.features
        returning user_id
      ),
      lapsed as (
        update credit_limits set status = 'expired', updated_at = now()
        where user_id in (select user_id from claimed) and status = 'offered' and expires_at <= now()
        returning id
      ),
      versioned as (
        insert into fact_versions (user_id) select user_id from claimed on conflict (user_id) do nothing
      ),
      o as (
        insert into credit_limits as offer
          (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
        select ${analysis.offerId}::uuid, user_id, 'offered', ${terms?.creditLimit ?? null}::numeric,
          ${terms?.interestRate ?? null}::numeric, ${terms?.creditType ?? null}::text,
          now() + make_interval(days => ${OFFER_DAYS})
        -- Counting makes the lapsed offer give way before this one is tried.
        from claimed, (select count(*) from lapsed) as gave_way
        where ${terms !== null}::boolean
        on conflict (user_id) where status = 'offered' do update set updated_at = offer.updated_at
        returning *
      ),
      a as (
        insert into credit_analyses (id, user_id, approved, risk_score, model_version, policy_version,
          features, contributions, reasons, offer_id, trace_id)
        select ${analysis.id}::uuid, user_id, ${terms !== null}::boolean, ${prediction.risk_score}::float8,
          ${prediction.model_version}::text, ${analysis.policyVersion}::text,
          ${sql.json(analysis.features)}::jsonb, ${sql.json(prediction.contributions ?? {})}::jsonb,
          ${sql.json(analysis.reasons)}::jsonb,
          (select id from o), ${analysis.traceId}::text
        from claimed
        returning *
      )
      select ${analysisJson(sql)} as record from a left join o on true`,
  );
  return row?.record ?? null;
}

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
function analysisJson(sql: Parameters<Parameters<Database['query']>[0]>[0]) {
  return sql`json_build_object(
    'id', a.id, 'approved', a.approved, 'riskScore', a.risk_score, 'modelVersion', a.model_version,
    'policyVersion', a.policy_version, 'features', a.features, 'reasons', a.reasons,
    'offer', case when o.id is null then null else json_build_object(
      'offer_id', o.id, 'credit_limit', o.credit_limit, 'interest_rate', o.interest_rate,
      'credit_type', o.credit_type,
      'expires_at', to_char(o.expires_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end)`;
}
