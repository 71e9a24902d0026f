import type { ConsentPurpose } from '../../../sdk/contracts/consent.ts';
import { isoMillis } from '../../../platform/data/iso-time.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import type { AnalysisRecord } from '../../../underwriting/analysis.ts';
import type { EmotionDay, Sourced, TransactionDay } from '../../../underwriting/daily-facts.ts';

/** The facts that go into credit analyses. */

export interface Facts {
  /** ISO 3166-1 alpha-2; null when none was given. */
  jurisdiction: string | null;
  locale: 'en' | 'pt-BR';
  /** By purpose; those that the customer has given or withdrawn. */
  consents: Partial<Record<ConsentPurpose, boolean>>;
  /** Sum of the accepted and active limits. */
  exposure: number;
  /** Raised with the exposure and with each decision: a decision made on an older version is not recorded. */
  exposureVersion: string;
  /** UTC date of the database's clock. */
  today: string;
  /** The moment of these facts, by the database's clock. */
  readAtMs: number;
  transactions: Sourced<TransactionDay>[];
  /** Raised by each change of the facts; null while it may miss one: then an analysis is not cached. */
  factsVersion: string | null;
  /** Until midnight UTC, when the windows of the features move by a day. */
  secondsLeftToday: number;
  /** The last analysis, while it is younger than the cool-down. */
  latest: (AnalysisRecord & { basis: string | null; secondsLeft: number }) | null;
}

/**
 * Longer than a statement may take: after it, a statement that stores facts and did not yet see the
 * customer's row of `fact_versions` has ended.
 */
export const SETTLE_SECONDS = 5;

/**
 * Reads the facts of customers except emotions, in one statement; unknown customers are missing. Emotions
 * have a statement of their own, so that none names them where they may not count.
 */
export async function selectFacts(
  database: Database,
  userIds: string[],
  cooldownSeconds: number,
): Promise<Map<string, Facts>> {
  const rows = await database.query(
    (sql) => sql<(Omit<Facts, 'transactions'> & { userId: string; transactions: TransactionRow[] })[]>`
      with clock as (select (now() at time zone 'utc')::date as today)
      select
        users.id as "userId", today::text as today, extract(epoch from now())::float8 * 1000 as "readAtMs",
        jurisdiction, locale,
        (select coalesce(jsonb_object_agg(purpose, granted), '{}') from consents
          where consents.user_id = users.id) as consents,
        exposure::float8 as exposure, customer_exposures.version::text as "exposureVersion",
        extract(epoch from today + 1 - (now() at time zone 'utc'))::float8 as "secondsLeftToday",
        (select coalesce(json_agg(json_build_array(summary_date,
            transaction_count, amount_sum, platform_transaction_count, platform_amount_sum)), '[]')
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
      from users join customer_exposures on user_id = users.id, clock
      where users.id = any (${userIds}::uuid[])`,
  );
  return new Map(
    rows.map((row) => [row.userId, { ...row, transactions: row.transactions.map(toTransactionDay) }]),
  );
}

/**
 * Returns the emotions of the longest window that ends today or yesterday, by customer and day: this
 * statement may run after the midnight that the one of the facts ran before.
 */
export async function selectEmotions(
  database: Database,
  userIds: string[],
): Promise<Map<string, Sourced<EmotionDay>[]>> {
  const rows = await database.query(
    (sql) => sql<{ userId: string; days: EmotionRow[] }[]>`
      select user_id as "userId", json_agg(json_build_array(summary_date,
        event_count, positivity_sum, stress_event_count,
        platform_event_count, platform_positivity_sum, platform_stress_event_count)) as days
      from emotional_daily_sums
      where user_id = any (${userIds}::uuid[]) and summary_date >= (now() at time zone 'utc')::date - 30
      group by user_id`,
  );
  const daysOf = new Map(rows.map(({ userId, days }) => [userId, days.map(toEmotionDay)]));
  return new Map(userIds.map((userId) => [userId, daysOf.get(userId) ?? []]));
}

/** A day as an array of values: without names it is faster to write and to read. */
type TransactionRow = [
  date: string,
  transactionCount: number,
  amountSum: number,
  platformTransactionCount: number,
  platformAmountSum: number,
];

function toTransactionDay(row: TransactionRow): Sourced<TransactionDay> {
  const [date, transactionCount, amountSum, platformTransactionCount, platformAmountSum] = row;
  const platform = { transactionCount: platformTransactionCount, amountSum: platformAmountSum };
  return { date, transactionCount, amountSum, platform };
}

type EmotionRow = [
  date: string,
  eventCount: number,
  positivitySum: number,
  stressEventCount: number,
  platformEventCount: number,
  platformPositivitySum: number,
  platformStressEventCount: number,
];

function toEmotionDay(row: EmotionRow): Sourced<EmotionDay> {
  const [date, eventCount, positivitySum, stressEventCount, ...platform] = row;
  const [platformEventCount, platformPositivitySum, platformStressEventCount] = platform;
  return {
    date,
    eventCount,
    positivitySum,
    stressEventCount,
    platform: {
      eventCount: platformEventCount,
      positivitySum: platformPositivitySum,
      stressEventCount: platformStressEventCount,
    },
  };
}

/**
 * Returns the current `Facts.factsVersion` by analysis. Missing are those that are not the last one of their
 * customer: also one that a restored database has forgotten, with its offer.
 */
export async function selectFactsVersions(
  database: Database,
  analysisIds: string[],
): Promise<Map<string, string>> {
  const rows = await database.query(
    (sql) => sql<{ analysisId: string; version: string }[]>`
      select a.id as "analysisId", version::text
      from credit_analyses a
      join credit_analysis_latest latest on latest.user_id = a.user_id and latest.analysis_id = a.id
      join fact_versions on fact_versions.user_id = a.user_id
      where a.id = any (${analysisIds}::uuid[])`,
  );
  return new Map(rows.map(({ analysisId, version }) => [analysisId, version]));
}

/** An `AnalysisRecord` from the aliases `a` (analysis) and `o` (offer, or nothing). */
function analysisJson(sql: Sql) {
  return sql`json_build_object(
    'id', a.id, 'approved', a.approved, 'riskScore', a.risk_score, 'modelVersion', a.model_version,
    'policyVersion', a.policy_version, 'features', a.features, 'reasons', a.reasons,
    'offer', case when o.id is null then null else json_build_object(
      'offer_id', o.id, 'credit_limit', o.credit_limit, 'interest_rate', o.interest_rate,
      'credit_type', o.credit_type,
      'expires_at', ${isoMillis(sql, 'o.expires_at')}) end)`;
}
