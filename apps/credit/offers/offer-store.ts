import type { ActName } from '../../../sdk/contracts/audit-acts.ts';
import type { ClosingReason, CreditOffer } from '../../../sdk/contracts/credit.ts';
import { type Act, appendAct } from '../../../platform/audit/append-act.ts';
import { isoMicros } from '../../../platform/data/iso-time.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import { countOffers } from '../../../platform/insights/decision-rollups.ts';
import type { TopicName } from '../../../platform/messaging/topics.ts';
import { appendMessages, appendOrResend } from '../../../platform/outbox/outbox-store.ts';
import { queryExposure } from '../exposure-turns.ts';
import { policyNumber } from '../policies/policy-store.ts';

const APPROVED: TopicName = 'creditOffersApproved';
const CLOSED: TopicName = 'creditLimitsClosed';

/** Returns the customer's offer; null for another customer's, as for an unknown id. */
export async function selectOffer(
  database: Database,
  offerId: string,
  userId: string,
): Promise<CreditOffer | null> {
  const [offer] = await database.query(
    (sql) => sql<CreditOffer[]>`
      select ${offerColumns(sql)} from credit_limits where id = ${offerId} and user_id = ${userId}`,
  );
  return offer ?? null;
}

/** Returns one page of the customer's offers, newest first, with the number of all. */
export async function selectOffers(
  database: Database,
  userId: string,
  page: { number: number; size: number },
): Promise<{ total: number; items: CreditOffer[] }> {
  const rows = await database.query(
    (sql) => sql<[OfferOfPage, ...OfferOfPage[]]>`
      with offers as (select * from credit_limits where user_id = ${userId})
      select counted.total, page.*
      from (select count(*)::int as total from offers) as counted
      left join lateral (
        select ${offerColumns(sql)} from offers
        order by created_at desc, id
        limit ${page.size} offset ${(page.number - 1) * page.size}
      ) as page on true`,
  );
  const items = rows.filter((row) => row.offer_id !== null).map(({ total: _total, ...offer }) => offer);
  return { total: rows[0].total, items };
}

/** A row of a page; a page without offers is one row that has the total alone. */
type OfferOfPage = { total: number } & CreditOffer;

/**
 * offered -> accepted, with the message that says so, in one statement; the next analysis starts afresh.
 * False when the offer is not there, not the user's, not open or past its time, or when the sum of the
 * customer's limits would exceed the active policy's `exposure_max`.
 */
export async function acceptOffer(
  database: Database,
  offer: { offerId: string; userId: string; defaultJurisdiction: string | null; traceId?: string | null },
): Promise<boolean> {
  const { offerId, userId, defaultJurisdiction, traceId = null } = offer;
  const rows = await queryExposure(
    database,
    userId,
    (sql) => sql`
      with locked as ( -- Reads the sum under the lock: an acceptance that it waited for is included.
        select exposure from customer_exposures where user_id = ${userId} for update
      ),
      accepted as (
        update credit_limits set status = 'accepted', accepted_at = now(), updated_at = now()
        -- control: open-offers-alone
        where id = ${offerId} and user_id = ${userId} and status = 'offered' and expires_at > now()
          and exists (select from locked where exposure + credit_limit <=
            ${policyNumber(sql, 'exposure_max', { userId, defaultJurisdiction })})
        returning *
      ),
      queued as (
        ${appendMessages(sql, APPROVED, sql`select ${approvalMessage(sql, traceId)} from accepted`)}
      ),
      reopened as (
        delete from credit_analysis_latest where user_id in (select user_id from accepted)
      ),
      audited as (${appendAct(sql, customerAct(sql, 'offer.accept'), sql`accepted`)}),
      counted as (${countOffers(sql, 'accepted', sql`accepted`)})
      select id from accepted`,
  );
  return rows.length > 0;
}

/**
 * active -> closed, with the message that says so, in one statement; the sum of the customer's limits falls
 * by it. Changes nothing when the offer is no active limit of the customer, or is withdrawn too late.
 * Without a reason it is `withdrawn` within the days of withdrawal, else `closed_by_customer`.
 */
export async function closeOffer(
  database: Database,
  offer: {
    offerId: string;
    userId: string;
    reason: ClosingReason | null;
    defaultJurisdiction: string | null;
  },
): Promise<void> {
  await queryExposure(
    database,
    offer.userId,
    (sql) => sql`
      with locked as (select from customer_exposures where user_id = ${offer.userId} for update),
      policy as (select ${policyNumber(sql, 'withdrawal_days', offer)}::int as withdrawal_days),
      closed as (
        update credit_limits set status = 'closed', closed_at = now(), updated_at = now(),
          closed_reason = coalesce(${offer.reason}::text,
            case when activated_at > now() - make_interval(days => withdrawal_days)
              then 'withdrawn' else 'closed_by_customer' end)
        from policy
        where id = ${offer.offerId} and user_id = ${offer.userId} and status = 'active'
          and exists (select from locked)
          and (${offer.reason}::text is distinct from 'withdrawn'
            or activated_at > now() - make_interval(days => withdrawal_days))
        returning credit_limits.*
      ),
      queued as (${queueClosing(sql)}),
      audited as (
        ${appendAct(sql, { ...customerAct(sql, 'limit.close'), reason: sql`closed_reason` }, sql`closed`)}
      )
      select from closed`,
  );
}

/** Queues the messages of offers that are stuck again. Returns the ids of these offers. */
export async function requeueStuckOffers(database: Database, stuckSeconds: number): Promise<string[]> {
  const rows = await database.query(
    (sql) => sql<{ id: string }[]>`
      with stuck as (
        -- A row that was changed by hand may lack these times.
        select * from credit_limits
        where status = 'accepted' and (accepted_at < now() - make_interval(secs => ${stuckSeconds})
          or accepted_at is null and updated_at < now() - make_interval(secs => ${stuckSeconds}))
        union all
        select * from credit_limits
        where status = 'active' and (activated_at > now() - interval '1 day'
          or activated_at is null and updated_at > now() - interval '1 day')
          and not exists (select from notifications where notifications.offer_id = credit_limits.id)
      ),
      queued as (
        ${appendOrResend(sql, APPROVED, sql`select ${approvalMessage(sql, null)} from stuck`, stuckSeconds)}
      )
      select payload->>'offerId' as id from queued`,
  );
  return rows.map((row) => row.id);
}

/** An act of the owner of an offer, over its columns. */
const customerAct = (sql: Sql, act: ActName): Act => ({
  actor: { kind: 'customer' },
  act,
  subject: { kind: 'offer', id: sql`id` },
  customerId: sql`user_id`,
  details: sql`jsonb_build_object('credit_limit', credit_limit)`,
});

/** A step that appends the messages of the step `closed`. */
export const queueClosing = (sql: Sql) =>
  appendMessages(sql, CLOSED, sql`select ${closingMessage(sql)} from closed`);

/** An offer that is past its time reads as expired, whether or not its row says so already. */
export const offerColumns = (sql: Sql) => sql`
  id as offer_id,
  case when status = 'offered' and expires_at <= now() then 'expired' else status end as status,
  credit_limit::float8 as credit_limit, interest_rate::float8 as interest_rate, credit_type,
  created_at, expires_at, activated_at`;

/** The key and the payload of an offer's message; the trace is that of the request that accepted it. */
const approvalMessage = (sql: Sql, traceId: string | null) => sql`
  id, jsonb_strip_nulls(jsonb_build_object(
    'offerId', id, 'userId', user_id, 'creditLimit', credit_limit, 'interestRate', interest_rate,
    'creditType', credit_type,
    'acceptedAt', ${isoMicros(sql, sql`coalesce(accepted_at, activated_at, updated_at)`)},
    'locale', (select locale from users where users.id = user_id), 'traceId', ${traceId}::text))`;

/** The key and the payload of a closing's message. */
const closingMessage = (sql: Sql) => sql`
  id, jsonb_build_object('offerId', id, 'userId', user_id, 'creditLimit', credit_limit,
    'reason', closed_reason, 'locale', (select locale from users where users.id = user_id),
    'closedAt', ${isoMicros(sql, 'closed_at')})`;
