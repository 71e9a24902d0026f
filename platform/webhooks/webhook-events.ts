import type { PendingQuery, Row } from 'postgres';
import { isoMillis } from '../data/iso-time.ts';
import { smallestUuidAt } from '../data/uuid-time.ts';
import type { Sql } from '../data/sql.ts';

type Rows = PendingQuery<Row[]>;

/**
 * A query of the events that webhooks carry: event_id, user_id, event_type, at, payload, and their order for
 * each customer as sort_at, rank and place. `notifications` selects rows of that table, which are events
 * each; `acceptances` rows of credit_limits, each an event once it was accepted. The place of a notification
 * counts before its time, which is that of the beginning of its statement.
 */
export const webhookEvents = (sql: Sql, notifications: Rows, acceptances: Rows): Rows => sql`
  select event_id, user_id, event_type, at, sort_at, rank, place, jsonb_build_object(
      'id', event_id, 'type', event_type, 'data', data,
      'timestamp', ${isoMillis(sql, 'at')})::text as payload
  from (
    select notice.id as event_id, notice.user_id, notice.created_at as at,
      max(notice.created_at) over (partition by notice.user_id order by position) as sort_at,
      1 as rank, position as place,
      case type
        when 'CREDIT_LIMIT_APPLIED' then 'limit.activated'
        when 'CREDIT_LIMIT_CLOSED' then 'limit.closed'
        when 'CREDIT_DENIED' then 'credit.denied'
        when 'REVIEW_DECIDED' then 'review.decided'
      end as event_type,
      jsonb_build_object('user_id', notice.user_id, 'notification_id', notice.id) || case type
        when 'CREDIT_LIMIT_APPLIED' then jsonb_build_object('offer_id', offer_id) || ${terms(sql)}
        when 'CREDIT_LIMIT_CLOSED' then jsonb_build_object('offer_id', offer_id)
        when 'CREDIT_DENIED' then jsonb_build_object('analysis_id', analysis_id)
        else jsonb_build_object('analysis_id', analysis_id, 'offer_id', offer_id)
      end as data
    from (${notifications}) as notice left join credit_limits as offer on offer.id = offer_id
    union all
    select offer.id, offer.user_id, accepted_at, accepted_at, 0, 0, 'offer.accepted',
      jsonb_build_object('user_id', offer.user_id, 'offer_id', offer.id) || ${terms(sql)}
    from (${acceptances}) as offer
    where accepted_at is not null and offer.user_id is not null
  ) as event
  where event_type is not null`;

const terms = (sql: Sql) => sql`jsonb_build_object(
  'credit_limit', offer.credit_limit, 'interest_rate', offer.interest_rate,
  'credit_type', offer.credit_type)`;

/** The columns of notifications that `webhookEvents` reads. */
export const noticeColumns = (sql: Sql) =>
  sql`id, user_id, position, type, offer_id, analysis_id, created_at`;
export const offerColumns = (sql: Sql) =>
  sql`id, user_id, credit_limit, interest_rate, credit_type, accepted_at`;

/** A range without an end has all until now, by whichever clock. */
export interface EventRange {
  sinceMs: number;
  untilMs: number | null;
}

/** A query of the events of a time range: notifications by their ids, which begin with their time. */
export const webhookEventsBetween = (
  sql: Sql,
  { sinceMs, untilMs, limit }: EventRange & { limit: number },
): Rows => {
  const end =
    untilMs === null
      ? sql``
      : sql`and id < ${smallestUuidAt(untilMs + CLOCKS_APART_MS)}
          and created_at < to_timestamp(${untilMs / 1000}::float8)`;
  const notices = sql`
    select ${noticeColumns(sql)} from notifications
    where id >= ${smallestUuidAt(sinceMs - CLOCKS_APART_MS)}
      and created_at >= to_timestamp(${sinceMs / 1000}::float8)
      ${end}
    order by id limit ${limit}`;
  // An acceptance of the range that is not active yet comes with its activation.
  const offers = sql`
    select ${offerColumns(sql)} from credit_limits
    where id in (select offer_id from (${notices}) as active where type = 'CREDIT_LIMIT_APPLIED')`;
  return webhookEvents(sql, notices, offers);
};

/** Ids are made by services, times by the database. */
const CLOCKS_APART_MS = 60 * 60 * 1000;
