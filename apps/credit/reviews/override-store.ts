import type { Database } from '../../../platform/data/sql.ts';
import { countDecisions } from '../../../platform/insights/decision-rollups.ts';
import type { TopicName } from '../../../platform/messaging/topics.ts';
import { appendMessages } from '../../../platform/outbox/outbox-store.ts';
import type { DecisionRecord } from '../../../underwriting/decision/record.ts';
import type { PolicyDocument } from '../../../underwriting/policy/policy-document.ts';
import { appendUnlinked, decidedRows, insertDecided, type NewAnalysis } from '../analysis/record-store.ts';
import { queryExposure } from '../exposure-turns.ts';
import { policyNumber } from '../policies/policy-store.ts';
import { decidedMessage, reviewAct } from './review-store.ts';

const DECIDED: TopicName = 'creditReviewsDecided';

/** The denial of a review, its policy, and the current limits of its customer. */
interface OverrideFacts {
  record: DecisionRecord | null;
  /** Null where the customer has not said. */
  offersConsent: boolean | null;
  recordHash: string | null;
  /** Of the hash that the record names; null where it is not stored. */
  document: PolicyDocument | null;
  exposure: number;
  exposureVersion: string;
  exposureMax: number;
  /** The moment of these facts, by the database's clock. */
  readAtMs: number;
  /** The sum of the customer's live limits by overrides of one operator alone. */
  grantedAlone: number;
  /** The customer's offer that an override would end. */
  openOffer: { credit_limit: number; interest_rate: number } | null;
}

export async function selectOverrideFacts(
  database: Database,
  customer: { analysisId: string; userId: string; defaultJurisdiction: string | null },
): Promise<OverrideFacts | null> {
  const [row] = await database.query(
    (sql) => sql<OverrideFacts[]>`
      select record, record_hash as "recordHash", document, exposure::float8 as exposure,
        customer_exposures.version::text as "exposureVersion",
        extract(epoch from now())::float8 * 1000 as "readAtMs",
        (select granted from consents where consents.user_id = a.user_id and purpose = 'offers')
          as "offersConsent",
        ${policyNumber(sql, 'exposure_max', customer)}::float8 as "exposureMax",
        -- Whatever changes this sum changes the exposure, and so its version.
        (select coalesce(sum(credit_limit), 0)::float8 from reviews
          join credit_analyses as override on override.id = override_id
          join credit_limits on credit_limits.id = override.offer_id
          where reviews.user_id = a.user_id and proposed_by is null and status in ('accepted', 'active')
        ) as "grantedAlone",
        -- A newer offer comes with a newer decision, and so with another version.
        (select json_build_object('credit_limit', credit_limit, 'interest_rate', interest_rate)
          from credit_limits
          where credit_limits.user_id = a.user_id and status = 'offered' and expires_at > now()
          order by created_at desc limit 1) as "openOffer"
      from credit_analyses a join customer_exposures using (user_id)
      left join policies on policies.version = policy_version and hash = policy_hash
      where a.id = ${customer.analysisId} and user_id = ${customer.userId}`,
  );
  return row ?? null;
}

interface NewOverride {
  reviewId: string;
  /** `requested` for an operator alone, `proposed` for the second one. */
  from: 'requested' | 'proposed';
  by: string;
  reasonCode: string;
  /** Of the review: of the first operator. */
  note: string;
  /** Of the act: of the deciding operator. */
  reason: string;
  analysis: NewAnalysis;
  defaultJurisdiction: string | null;
}

/**
 * Overrides a denial in one statement: decides the review, ends the open offer of the customer, makes the
 * operator's, records the decision, and queues the message. Changes nothing, and returns false, when the
 * review is in another state, when the customer's exposure or decisions have changed since they were read, or
 * when the sum of the limits would become too high.
 */
export async function insertOverride(database: Database, override: NewOverride): Promise<boolean> {
  const { reviewId, by, from, analysis, defaultJurisdiction } = override;
  const { terms, user_id: userId, analysis_id: overrideId } = analysis.record;
  const rows = await queryExposure(
    database,
    userId,
    (sql) => sql`
      with decision as materialized (${decidedRows(sql, [analysis])}),
      review as (
        -- Another operator's decision is waited for, and seen.
        select id from reviews where id = ${reviewId} and state = ${from} for update
      ),
      claimed as (
        update customer_exposures set version = version + 1
        from decision
        where customer_exposures.user_id = decision.user_id and version = exposure_version
          and exists (select from review)
          and exposure + credit_limit <=
            ${policyNumber(sql, 'exposure_max', { userId, defaultJurisdiction })}
        returning decision.*
      ),
      replaced as (
        update credit_limits set status = 'expired', updated_at = now()
        where user_id in (select user_id from claimed) and status = 'offered'
        returning id
      ),
      offer as (
        insert into credit_limits (id, user_id, status, credit_limit, interest_rate, credit_type, expires_at)
        select offer_id, user_id, 'offered', credit_limit, interest_rate, credit_type,
          now() + make_interval(days => offer_days)
        -- Counting makes the replaced offer give way before this one is tried.
        from claimed, (select count(*) from replaced) as gave_way
        returning id
      ),
      recorded as (${insertDecided(sql, sql`claimed`)}),
      unlinked as (${appendUnlinked(sql, sql`claimed`)}),
      counted as (${countDecisions(sql, sql`claimed`)}),
      decided as (
        update reviews set state = 'overridden', decided_by = ${by}, decided_at = now(),
          reason_code = ${override.reasonCode}, note = ${override.note}, terms = ${sql.json(terms)}::jsonb,
          override_id = ${overrideId}::uuid
        where id = ${reviewId} and exists (select from claimed)
        returning *
      ),
      queued as (
        ${appendMessages(sql, DECIDED, sql`select ${decidedMessage(sql, analysis.offerId)} from decided`)}
      ),
      audited as (${reviewAct(sql, 'review.override', by, 'decided', override.reason)})
      select id from decided`,
  );
  return rows.length > 0;
}
