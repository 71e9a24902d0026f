import type { CreditOffer } from '../../../sdk/contracts/credit.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import type { TopicName } from '../../../platform/messaging/topics.ts';
import { appendMessages, appendOrResend } from '../../../platform/outbox/outbox-store.ts';

const APPROVED: TopicName = 'creditOffersApproved';

/** The user's offer, or null: another's is as good as none. */
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

/** One page, newest first, with the number of all. */
export async function selectOffers(
  database: Database,
  userId: string,
  page: { number: number; size: number },
): Promise<{ total: number; items: CreditOffer[] }> {
  const rows = await database.query(
    (sql) => sql<({ total: number } & CreditOffer)[]>`
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
  return { total: rows[0]?.total ?? 0, items };
}

/**
 * offered -> accepted, with the message that says so, in one statement; the next analysis starts afresh.
 * False when the offer is not there, not the user's, not open or past its time.
 */
export async function acceptOffer(
  database: Database,
  offerId: string,
  userId: string,
  traceId: string | null = null,
): Promise<boolean> {
  const rows = await database.query(
    (sql) => sql`
      with locked as ( -- Before the offer, as an analysis locks them: neither waits for the other.
        select from credit_analysis_latest where user_id = ${userId} for update
      ),
      accepted as (
        update credit_limits set status = 'accepted', accepted_at = now(), updated_at = now()
        where id = ${offerId} and user_id = ${userId} and status = 'offered' and expires_at > now()
          and (select count(*) from locked) >= 0
        returning *
      ),
      queued as (
        ${appendMessages(sql, APPROVED, sql`select ${approvalMessage(sql, traceId)} from accepted`)}
      ),
      reopened as (
        delete from credit_analysis_latest where user_id in (select user_id from accepted)
      ),
      uncached as (
        update fact_versions set version = version + 1 where user_id in (select user_id from accepted)
      )
      select id from accepted`,
  );
  return rows.length > 0;
}

/** Emits overdue messages again; returns their offers. */
export async function requeueStuckOffers(database: Database, stuckSeconds: number): Promise<string[]> {
  const rows = await database.query(
    (sql) => sql<{ id: string }[]>`
      with stuck as (
        select * from credit_limits
        where status = 'accepted' and accepted_at < now() - make_interval(secs => ${stuckSeconds})
        union all
        select * from credit_limits
        where status = 'active' and activated_at > now() - interval '1 day'
          and not exists (select from notifications where notifications.offer_id = credit_limits.id)
      ),
      queued as (
        ${appendOrResend(sql, APPROVED, sql`select ${approvalMessage(sql, null)} from stuck`, stuckSeconds)}
      )
      select payload->>'offerId' as id from queued`,
  );
  return rows.map((row) => row.id);
}

/** An offer that is past its time reads as expired, whether or not its row says so already. */
const offerColumns = (sql: Sql) => sql`
  id as offer_id,
  case when status = 'offered' and expires_at <= now() then 'expired' else status end as status,
  credit_limit::float8 as credit_limit, interest_rate::float8 as interest_rate, credit_type,
  created_at, expires_at, activated_at`;

/** The key and the payload of an offer's message; the trace is that of the request that accepted it. */
const approvalMessage = (sql: Sql, traceId: string | null) => sql`
  id, jsonb_strip_nulls(jsonb_build_object(
    'offerId', id, 'userId', user_id, 'creditLimit', credit_limit, 'interestRate', interest_rate,
    'creditType', credit_type,
    'acceptedAt', to_char(accepted_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'traceId', ${traceId}::text))`;
