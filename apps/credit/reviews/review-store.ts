import type { ActName } from '../../../sdk/contracts/audit-acts.ts';
import { appendAct } from '../../../platform/audit/append-act.ts';
import { isoMicros, isoMillis } from '../../../platform/data/iso-time.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import type { TopicName } from '../../../platform/messaging/topics.ts';
import { appendMessages } from '../../../platform/outbox/outbox-store.ts';
import type { OperatorReview, ReviewLine } from '../../../sdk/contracts/operator-reviews.ts';

/**
 * A review of a denial:
 *
 *   requested --uphold--> upheld
 *   requested --override, within the limit of one operator--> overridden
 *   requested --override above it--> proposed --approve, by another operator--> overridden
 *                                    proposed --uphold--> upheld
 *
 * Each step is one statement that checks the state before it: of two operators at once one changes it.
 */
const DECIDED: TopicName = 'creditReviewsDecided';

type ReviewRequested = { reviewId: string } | 'not_found' | 'not_a_denial' | 'review_requested';

/** Requests the review of a customer's own denial, with the act that says so. */
export async function insertReview(
  database: Database,
  request: { analysisId: string; userId: string; statement: string | null },
): Promise<ReviewRequested> {
  const [row] = await database.query(
    (sql) => sql<{ isDenial: boolean | null; reviewId: string | null }[]>`
      with denial as (
        select id, user_id, approved from credit_analyses
        where id = ${request.analysisId} and user_id = ${request.userId}
      ),
      requested as (
        insert into reviews (analysis_id, user_id, statement)
        select id, user_id, ${request.statement}::text from denial where not approved
        on conflict (analysis_id) do nothing
        returning id, analysis_id, user_id
      ),
      audited as (
        ${appendAct(
          sql,
          {
            actor: { kind: 'customer' },
            act: 'review.request',
            subject: { kind: 'analysis', id: sql`analysis_id` },
            customerId: sql`user_id`,
            details: sql`jsonb_build_object('review_id', id)`,
          },
          sql`requested`,
        )}
      )
      select (select not approved from denial) as "isDenial", (select id from requested) as "reviewId"`,
  );
  if (!row || row.isDenial === null) return 'not_found';
  if (!row.isDenial) return 'not_a_denial';
  return row.reviewId === null ? 'review_requested' : { reviewId: row.reviewId };
}

/**
 * Upholds the denial of an open review, with the customer's message; returns whether it was open, and in the
 * state that its operator has seen, if any.
 */
export async function upholdReview(
  database: Database,
  decision: { reviewId: string; by: string; reasonCode: string; note: string; stateSeen: string | null },
): Promise<boolean> {
  const { reviewId, by, reasonCode, note, stateSeen } = decision;
  const rows = await database.query(
    (sql) => sql`
      with decided as (
        update reviews set state = 'upheld', decided_by = ${by}, decided_at = now(),
          reason_code = ${reasonCode}, note = ${note}
        where id = ${reviewId} and state in ('requested', 'proposed')
          and state = coalesce(${stateSeen}, state)
        returning *
      ),
      queued as (${appendMessages(sql, DECIDED, sql`select ${decidedMessage(sql, null)} from decided`)}),
      audited as (${reviewAct(sql, 'review.uphold', by, 'decided')})
      select id from decided`,
  );
  return rows.length > 0;
}

/** Proposes an override; returns whether the review was requested and not proposed yet. */
export async function proposeOverride(
  database: Database,
  proposal: { reviewId: string; by: string; reasonCode: string; note: string; terms: object },
): Promise<boolean> {
  const { reviewId, by, reasonCode, note, terms } = proposal;
  const rows = await database.query(
    (sql) => sql`
      with proposed as (
        update reviews set state = 'proposed', proposed_by = ${by}, proposed_at = now(),
          reason_code = ${reasonCode}, note = ${note}, terms = ${sql.json(terms as never)}::jsonb
        where id = ${reviewId} and state = 'requested'
        returning *
      ),
      audited as (${reviewAct(sql, 'review.propose', by, 'proposed')})
      select id from proposed`,
  );
  return rows.length > 0;
}

/** A step that appends the act of an operator on the review in a step of this name. */
export const reviewAct = (sql: Sql, act: ActName, by: string, step: string, reason: string | null = null) =>
  appendAct(
    sql,
    {
      actor: { kind: 'operator', name: by },
      act,
      subject: { kind: 'analysis', id: sql`analysis_id` },
      customerId: sql`user_id`,
      reason: reason ?? sql`note`,
      details: sql`jsonb_strip_nulls(jsonb_build_object('review_id', id, 'reason_code', reason_code,
        'terms', terms, 'proposed_by', proposed_by, 'override_id', override_id))`,
    },
    sql`${sql(step)}`,
  );

/** The key and the payload of a decided review's message, with the offer of an override. */
export const decidedMessage = (sql: Sql, offerId: string | null) => sql`
  id, jsonb_build_object('reviewId', id, 'analysisId', analysis_id, 'userId', user_id, 'outcome', state,
    'offerId', ${offerId}::uuid,
    'creditLimit', case when state = 'overridden' then terms->'credit_limit' end,
    'locale', (select locale from users where users.id = user_id),
    'decidedAt', ${isoMicros(sql, 'decided_at')})`;

export async function selectReview(database: Database, reviewId: string): Promise<OperatorReview | null> {
  const [row] = await database.query(
    (sql) => sql<OperatorReview[]>`
      select ${lineColumns(sql)}, statement, reason_code, note, terms, override_id,
        json_build_object('created_at', ${isoMillis(sql, 'a.created_at')}, 'jurisdiction', jurisdiction,
          'policy_version', policy_version, 'risk_score', risk_score, 'reasons', reasons,
          'recourse', recourse, 'features', features) as decision,
        coalesce((select e.exposure::float8 from customer_exposures e where e.user_id = r.user_id), 0)
          as exposure
      from reviews r join credit_analyses a on a.id = analysis_id where r.id = ${reviewId}`,
  );
  return row ?? null;
}

/** The reviews after one of them, the oldest first; null when there is no such review. */
export async function selectReviews(
  database: Database,
  page: { state: 'open' | 'decided' | 'all'; after: string | null; size: number },
): Promise<ReviewLine[] | null> {
  const rows = await database.query(
    (sql) => sql<ReviewLine[]>`
      select ${lineColumns(sql)} from reviews r
      where (${page.state} = 'all' or (state in ('requested', 'proposed')) = (${page.state} = 'open'))
        and (${page.after}::uuid is null or (requested_at, id) > (
          select requested_at, id from reviews where id = ${page.after}::uuid))
      order by requested_at, id limit ${page.size}`,
  );
  if (rows.length > 0 || page.after === null) return [...rows];
  return (await selectReview(database, page.after)) ? [] : null;
}

export async function countOpenReviews(database: Database): Promise<{ open: number; oldestSeconds: number }> {
  const [row] = await database.query(
    (sql) => sql<{ open: number; oldestSeconds: number }[]>`
      select count(*)::int as open,
        coalesce(extract(epoch from now() - min(requested_at)), 0)::float8 as "oldestSeconds"
      from reviews where state in ('requested', 'proposed')`,
  );
  return row ?? { open: 0, oldestSeconds: 0 };
}

const lineColumns = (sql: Sql) => sql`
  r.id as review_id, r.analysis_id, r.user_id, state, ${isoMillis(sql, 'requested_at')} as requested_at,
  proposed_by, decided_by, ${isoMillis(sql, 'decided_at')} as decided_at`;
