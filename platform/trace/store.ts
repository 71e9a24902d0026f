import type { PendingQuery, Row } from 'postgres';
import { isoMicros } from '../data/iso-time.ts';
import type { Sql } from '../data/sql.ts';
import type { TopicName } from '../messaging/topics.ts';

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
  /** The personal data of an event; null where it was not asked for. */
  payload: Record<string, unknown> | null;
}

export interface AnalysisFact {
  id: string;
  userId: string;
  approved: boolean;
  riskScore: number;
  modelVersion: string;
  policyVersion: string;
  features: Record<string, unknown>;
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
  select id, email, ${isoMicros(sql, 'created_at')} as "createdAt" from users
  where id = ${by.id ?? null}
    or email_key = lower(normalize(${by.email ?? null}::text, nfc) collate "und-x-icu")`;

type Condition = PendingQuery<Row[]>;

/** Nothing where there is no condition. */
const anyOf = (sql: Sql, conditions: Condition[]): Condition =>
  conditions.reduce((before, next) => sql`${before} or (${next})`, sql`false`);

export const selectOffers = (
  sql: Sql,
  by: { id?: string | null; userId?: string; limit?: number },
): Promise<OfferFact[]> => sql`
  select id, user_id as "userId",
    case when status = 'offered' and expires_at <= now() then 'expired' else status end as status,
    credit_limit::float8 as "creditLimit", interest_rate::float8 as "interestRate",
    ${isoMicros(sql, 'expires_at')} as "expiresAt", ${isoMicros(sql, 'created_at')} as "createdAt",
    ${isoMicros(sql, 'accepted_at')} as "acceptedAt", ${isoMicros(sql, 'activated_at')} as "activatedAt",
    ${isoMicros(sql, 'closed_at')} as "closedAt", closed_reason as "closedReason",
    ${isoMicros(sql, 'updated_at')} as "updatedAt"
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
    ${isoMicros(sql, 'created_at')} as "createdAt"
  from credit_analyses
  where ${anyOf(sql, [
    ...(by.id === undefined ? [] : [sql`id = ${by.id}`]),
    ...(by.offerId === undefined ? [] : [sql`offer_id = ${by.offerId}`]),
    ...(by.traceId === undefined ? [] : [sql`trace_id = ${by.traceId}`]),
    ...(by.userId === undefined
      ? []
      : [sql`user_id = ${by.userId} and created_at >= ${by.since ?? '-infinity'}::text::timestamptz`]),
  ])}
  order by case when ${by.since !== undefined} then created_at end, created_at desc
  limit ${by.limit}`;

/** The messages about offers and analyses, by the keys that their outbox rows have, or those of a request. */
export const selectOutbox = (
  sql: Sql,
  by: { offerIds?: string[]; analysisIds?: string[]; traceId?: string },
): Promise<OutboxFact[]> => sql`
  select id, topic, payload->>'offerId' as "offerId", payload->>'traceId' as "traceId", attempts,
    ${isoMicros(sql, 'created_at')} as "createdAt", ${isoMicros(sql, 'sent_at')} as "sentAt",
    stream_sequence::float8 as sequence
  from outbox
  where id in (
      select format(key, offer) from unnest(${by.offerIds ?? []}::text[]) as offer,
        unnest(array['creditOffersApproved:%s', 'userNotifications:%s', 'creditLimitsClosed:%s',
          'userNotifications:%s:CREDIT_LIMIT_CLOSED']) as key
      union all
      select format(key, analysis) from unnest(${by.analysisIds ?? []}::text[]) as analysis,
        unnest(array['creditDecisions:%s', 'userNotifications:%s:CREDIT_DENIED']) as key)
    ${by.traceId === undefined ? sql`` : sql`or payload->>'traceId' = ${by.traceId}`}`;

export const selectNotifications = (
  sql: Sql,
  by: { id?: string; offerIds?: string[]; analysisIds?: string[]; userId?: string; limit?: number },
): Promise<NotificationFact[]> => sql`
  select id, user_id as "userId", position::float8 as position, title, offer_id as "offerId",
    analysis_id as "analysisId", ${isoMicros(sql, 'created_at')} as "createdAt"
  from notifications
  where id = ${by.id ?? null} or offer_id = any(${by.offerIds ?? []}::text[]::uuid[])
    or analysis_id = any(${by.analysisIds ?? []}::text[]::uuid[]) or user_id = ${by.userId ?? null}
  order by created_at desc limit ${by.limit ?? 100}`;

export interface ReviewFact {
  id: string;
  userId: string;
  analysisId: string;
  state: string;
  requestedAt: string;
  decidedAt: string | null;
}

export const selectReviews = (sql: Sql, by: { id?: string; userId?: string }): Promise<ReviewFact[]> => sql`
  select id, user_id as "userId", analysis_id as "analysisId", state,
    ${isoMicros(sql, 'requested_at')} as "requestedAt", ${isoMicros(sql, 'decided_at')} as "decidedAt"
  from reviews where id = ${by.id ?? null} or user_id = ${by.userId ?? null}
  order by requested_at desc limit 100`;

export interface ConsentFact {
  purpose: string;
  granted: boolean;
  textVersion: string;
  changedAt: string;
}

/** Each change of a customer's consents. */
export const selectConsentChanges = (sql: Sql, userId: string): Promise<ConsentFact[]> => sql`
  select purpose, granted, text_version as "textVersion", ${isoMicros(sql, 'changed_at')} as "changedAt"
  from consent_changes where user_id = ${userId} order by changed_at desc limit 100`;

interface EventFilter {
  id?: string;
  traceId?: string;
  userId?: string;
  limit: number;
  /** Without it no column with personal data is read, for a role that may not. */
  payload: boolean;
}

/** By id or trace this reads whole tables: events are kept by user and id, not by id alone. */
export async function selectEvents(sql: Sql, by: EventFilter): Promise<EventFact[]> {
  const { id = null, traceId = null, userId = null, limit, payload } = by;
  const conditions = [
    ...(id === null ? [] : [sql`id = ${id}`]),
    ...(traceId === null ? [] : [sql`trace_id = ${traceId}`]),
    ...(userId === null ? [] : [sql`user_id = ${userId}`]),
  ];
  // A condition on nothing would keep the planner from the index of the customer's events.
  const where = sql`where ${anyOf(sql, conditions)}`;
  const none = sql`null::jsonb`;
  const emotion = sql`jsonb_build_object('type', event_type,
    'positivity', positivity, 'intensity', intensity, 'stress_level', stress_level)`;
  const columns = sql`id, user_id as "userId", trace_id as "traceId",
    ${isoMicros(sql, 'occurred_at')} as "occurredAt", ${isoMicros(sql, 'created_at')} as "createdAt"`;
  const [emotions, transactions] = await Promise.all([
    sql<EventFact[]>`
      select 'emotion' as kind, ${columns}, ${payload ? emotion : none} as payload
      from emotional_events ${where} order by created_at desc limit ${limit}`,
    sql<EventFact[]>`
      select 'transaction' as kind, ${columns},
        ${payload ? sql`jsonb_build_object('amount', amount)` : none} as payload
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
