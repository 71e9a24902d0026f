import type { CreditDecision } from '../../../sdk/contracts/decision.ts';
import { isoMillis } from '../../../platform/data/iso-time.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';

/** The decisions of a customer, as the customer reads them. */

/** Returns the customer's decision; null for another customer's, as for an unknown id. */
export async function selectDecision(
  database: Database,
  analysisId: string,
  userId: string,
): Promise<CreditDecision | null> {
  const [row] = await database.query(
    (sql) => sql<{ decision: CreditDecision }[]>`
      select ${decisionJson(sql)} as decision from ${decisionRows(sql)}
      where a.id = ${analysisId} and a.user_id = ${userId}`,
  );
  return row?.decision ?? null;
}

/** Returns the decisions before one of the customer's, newest first; null without that one. */
export async function selectDecisions(
  database: Database,
  userId: string,
  page: { before: string | null; size: number },
): Promise<CreditDecision[] | null> {
  const [row] = await database.query(
    (sql) => sql<{ isKnown: boolean; decisions: CreditDecision[] }[]>`
      with place as (
        select created_at, id from credit_analyses where id = ${page.before}::uuid and user_id = ${userId}
      )
      select ${page.before}::uuid is null or exists (select from place) as "isKnown",
        (select coalesce(json_agg(decision), '[]') from (
          select ${decisionJson(sql)} as decision from ${decisionRows(sql)}
          where a.user_id = ${userId}
            and (${page.before}::uuid is null or (a.created_at, a.id) < (select created_at, id from place))
          order by a.created_at desc, a.id desc
          limit ${page.size}
        ) as page) as decisions`,
  );
  return row?.isKnown ? row.decisions : null;
}

const decisionRows = (sql: Sql) => sql`
  credit_analyses a
  join users on users.id = a.user_id
  left join credit_limits o on o.id = a.offer_id
  left join lateral (
    select * from reviews where analysis_id = a.id
    union all select * from reviews where override_id = a.id limit 1
  ) as r on true
  left join policies p on p.version = a.policy_version
  cross join lateral (
    select coalesce(json_agg(json_build_object(
        'code', reason->'code', 'message', ${textOf(sql)},
        'feature', reason->'feature', 'value', reason->'value',
        'sufficient_value', reason->'sufficient_value') order by place), '[]') as reasons,
      min(${textOf(sql)}) filter (where place = 1) as first
    from jsonb_array_elements(a.reasons) with ordinality as reason (reason, place)
  ) as texts`;

/** The text of the decision's policy in the customer's language, else the text that the decision stored. */
const textOf = (sql: Sql) => sql`
  coalesce(p.document->'reasons'->(reason->>'code')->>users.locale, reason->>'message')`;

/** The features are those that counted: of the customer or of the twin. */
const decisionJson = (sql: Sql) => sql`json_build_object(
  'user_id', a.user_id, 'approved', a.approved, 'ml_risk_score', a.risk_score,
  'offer', case when o.id is null then null else json_build_object(
    'offer_id', o.id, 'credit_limit', o.credit_limit, 'interest_rate', o.interest_rate,
    'credit_type', o.credit_type, 'expires_at', ${isoMillis(sql, 'o.expires_at')}) end,
  'reason', case when not a.approved then texts.first end, 'reasons', texts.reasons,
  'analysis_id', a.id, 'model_version', a.model_version, 'policy_version', a.policy_version,
  'replayed', false, 'created_at', ${isoMillis(sql, 'a.created_at')},
  'features', coalesce(a.record->(a.record->>'basis')->'features', a.features),
  'emotion_effect', a.emotion_effect, 'recourse', a.recourse,
  'explanation_complete', a.record->'explanation_complete', 'exposure_before', a.exposure_before,
  'jurisdiction', a.jurisdiction, 'policy_hash', a.policy_hash,
  'review', case when r.id is not null then json_build_object(
    'review_id', r.id,
    -- A proposal of an operator is none of the customer's business yet.
    'state', case when r.state = 'proposed' then 'requested' else r.state end,
    'requested_at', ${isoMillis(sql, 'r.requested_at')}, 'decided_at', ${isoMillis(sql, 'r.decided_at')},
    'reason_code', case when r.decided_at is not null then r.reason_code end,
    'analysis_id', r.override_id) end)`;
