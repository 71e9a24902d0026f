import type { Sql } from '../../platform/data/sql.ts';
import type { FeatureVector } from '../../underwriting/risk-model.ts';
import type { TopicName } from '../../platform/messaging/topics.ts';

/**
 * Rows of a request, an event, an offer or a customer in PostgreSQL. Times are texts: UTC, microseconds.
 */

export interface UserFact {
  id: string;
  email: string;
  createdAt: string;
}

export interface EventFact {
  kind: 'emotion' | 'transaction';
  id: string;
  userId: string;
  traceId: string | null;
  occurredAt: string;
  createdAt: string;
  /** The personal data of an event. */
  payload: Record<string, unknown>;
}

export interface AnalysisFact {
  id: string;
  userId: string;
  approved: boolean;
  riskScore: number;
  modelVersion: string;
  policyVersion: string;
  features: FeatureVector;
  reasons: { code: string }[];
  offerId: string | null;
  traceId: string | null;
  createdAt: string;
}

export interface OfferFact {
  id: string;
  userId: string;
  status: string;
  creditLimit: number;
  interestRate: number;
  expiresAt: string;
  createdAt: string;
  acceptedAt: string | null;
  activatedAt: string | null;
  closedAt: string | null;
  closedReason: string | null;
  updatedAt: string;
}

export interface OutboxFact {
  id: string;
  topic: TopicName;
  offerId: string | null;
  traceId: string | null;
  attempts: number;
  createdAt: string;
  sentAt: string | null;
  sequence: number | null;
}

export interface NotificationFact {
  id: string;
  userId: string;
  position: number;
  title: string;
  /** Null for a notification of an analysis. */
  offerId: string | null;
  analysisId: string | null;
  createdAt: string;
}

export const selectUsers = (sql: Sql, by: { id?: string; email?: string }): Promise<UserFact[]> => sql`
  select id, email, ${iso(sql, 'created_at')} as "createdAt" from users
  where id = ${by.id ?? null}
    or email_key = lower(normalize(${by.email ?? null}::text, nfc) collate "und-x-icu")`;

const iso = (sql: Sql, column: string) =>
  sql`to_char(${sql(column)} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

export const selectOffers = (
  sql: Sql,
  by: { id?: string | null; userId?: string; limit?: number },
): Promise<OfferFact[]> => sql`
  select id, user_id as "userId",
    case when status = 'offered' and expires_at <= now() then 'expired' else status end as status,
    credit_limit::float8 as "creditLimit", interest_rate::float8 as "interestRate",
    ${iso(sql, 'expires_at')} as "expiresAt", ${iso(sql, 'created_at')} as "createdAt",
    ${iso(sql, 'accepted_at')} as "acceptedAt", ${iso(sql, 'activated_at')} as "activatedAt",
    ${iso(sql, 'closed_at')} as "closedAt", closed_reason as "closedReason",
    ${iso(sql, 'updated_at')} as "updatedAt"
  from credit_limits where id = ${by.id ?? null} or user_id = ${by.userId ?? null}
  order by created_at desc limit ${by.limit ?? 1}`;

interface AnalysisFilter {
  id?: string;
  offerId?: string;
  traceId?: string;
  userId?: string;
  /** Of the user, the first one from this time on. */
  since?: string;
  limit: number;
}

export const selectAnalyses = (sql: Sql, by: AnalysisFilter): Promise<AnalysisFact[]> => sql`
  select id, user_id as "userId", approved, risk_score as "riskScore", model_version as "modelVersion",
    policy_version as "policyVersion", features, reasons, offer_id as "offerId", trace_id as "traceId",
    ${iso(sql, 'created_at')} as "createdAt"
  from credit_analyses
  where id = ${by.id ?? null} or offer_id = ${by.offerId ?? null} or trace_id = ${by.traceId ?? null}
    or (user_id = ${by.userId ?? null} and created_at >= ${by.since ?? '-infinity'}::text::timestamptz)
  order by case when ${by.since !== undefined} then created_at end, created_at desc
  limit ${by.limit}`;

/** The messages about offers and analyses, by the keys that their outbox rows have, or those of a request. */
export const selectOutbox = (
  sql: Sql,
  by: { offerIds?: string[]; analysisIds?: string[]; traceId?: string },
): Promise<OutboxFact[]> => sql`
  select id, topic, payload->>'offerId' as "offerId", payload->>'traceId' as "traceId", attempts,
    ${iso(sql, 'created_at')} as "createdAt", ${iso(sql, 'sent_at')} as "sentAt",
    stream_sequence::int as sequence
  from outbox
  where id in (
      select format(key, offer) from unnest(${by.offerIds ?? []}::text[]) as offer,
        unnest(array['creditOffersApproved:%s', 'userNotifications:%s', 'creditLimitsClosed:%s',
          'userNotifications:%s:CREDIT_LIMIT_CLOSED']) as key
      union all
      select format(key, analysis) from unnest(${by.analysisIds ?? []}::text[]) as analysis,
        unnest(array['creditDecisions:%s', 'userNotifications:%s:CREDIT_DENIED']) as key)
    or payload->>'traceId' = ${by.traceId ?? null}`;

export const selectNotifications = (
  sql: Sql,
  by: { id?: string; offerIds?: string[]; analysisIds?: string[]; userId?: string; limit?: number },
): Promise<NotificationFact[]> => sql`
  select id, user_id as "userId", position::int as position, title, offer_id as "offerId",
    analysis_id as "analysisId", ${iso(sql, 'created_at')} as "createdAt"
  from notifications
  where id = ${by.id ?? null} or offer_id = any(${by.offerIds ?? []}::text[]::uuid[])
    or analysis_id = any(${by.analysisIds ?? []}::text[]::uuid[]) or user_id = ${by.userId ?? null}
  order by created_at desc limit ${by.limit ?? 100}`;

interface EventFilter {
  id?: string;
  traceId?: string;
  userId?: string;
  limit: number;
}

/** By id or trace this reads whole tables: events are kept by user and id, not by id alone. */
export async function selectEvents(sql: Sql, by: EventFilter): Promise<EventFact[]> {
  const { id = null, traceId = null, userId = null, limit } = by;
  const where = sql`where id = ${id} or trace_id = ${traceId} or user_id = ${userId}`;
  const columns = sql`id, user_id as "userId", trace_id as "traceId",
    ${iso(sql, 'occurred_at')} as "occurredAt", ${iso(sql, 'created_at')} as "createdAt"`;
  const [emotions, transactions] = await Promise.all([
    sql<EventFact[]>`
      select 'emotion' as kind, ${columns}, jsonb_build_object('type', event_type,
        'positivity', positivity, 'intensity', intensity, 'stress_level', stress_level) as payload
      from emotional_events ${where} order by created_at desc limit ${limit}`,
    sql<EventFact[]>`
      select 'transaction' as kind, ${columns}, jsonb_build_object('amount', amount) as payload
      from transactions ${where} order by created_at desc limit ${limit}`,
  ]);
  return [...emotions, ...transactions];
}

/** How many there are of a user. */
export async function countEvents(
  sql: Sql,
  userId: string,
): Promise<{ emotions: number; transactions: number }> {
  const [counts] = await sql<{ emotions: number; transactions: number }[]>`
    select
      (select coalesce(sum(event_count), 0)::int from emotional_daily_sums where user_id = ${userId})
        as emotions,
      (select coalesce(sum(transaction_count), 0)::int from transaction_daily_sums where user_id = ${userId})
        as transactions`;
  return counts ?? { emotions: 0, transactions: 0 };
}
