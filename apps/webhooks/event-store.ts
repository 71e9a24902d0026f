import type { Database } from '../../platform/data/sql.ts';
import { wakeLanes } from '../../platform/webhooks/lanes.ts';
import { isOfOpenPartner } from './open-partners.ts';
import { noticeColumns, offerColumns, webhookEvents } from '../../platform/webhooks/webhook-events.ts';

/** Longer than a stream keeps the message that tells of an event. */
const EVENT_DAYS_MAX = 8;

/**
 * Adds the deliveries of all events of customers that their endpoints do not have yet, in the order of each
 * customer. The rows are read and not the message: an event is seen with all that came before it, in
 * any order of messages. The unique key of endpoint and event keeps it once. The time of the event decides
 * whether the endpoint was open, so that none is lost of those that are read late.
 */
export async function insertDeliveries(database: Database, userIds: string[]): Promise<void> {
  await database.query(
    (sql) => sql`
      with endpoint as (
        select id, event_types, events_from, types_from, closed_periods from webhook_endpoints
        where removed_at is null for key share
      ),
      event as (${webhookEvents(
        sql,
        sql`
          select ${noticeColumns(sql)} from notifications
          where user_id = any (${userIds}::uuid[])
            and created_at > now() - make_interval(days => ${EVENT_DAYS_MAX})`,
        sql`
          select ${offerColumns(sql)} from credit_limits
          where user_id = any (${userIds}::uuid[])
            and accepted_at > now() - make_interval(days => ${EVENT_DAYS_MAX})`,
      )}),
      added as (
        insert into webhook_deliveries (endpoint_id, event_id, user_id, event_type, payload)
        -- control: webhook-once
        select endpoint.id, event_id, user_id, event_type, payload
        from event join endpoint on event_type = any (event_types)
          and at >= greatest(events_from, (types_from ->> event_type)::timestamptz)
          and not at <@ closed_periods
        order by user_id, sort_at, rank, place, endpoint.id
        on conflict (endpoint_id, event_id) do nothing
        returning endpoint_id, user_id
      )
      ${wakeLanes(sql, sql`added`)}`,
  );
}

/** The log of deliveries is kept so long. */
const LOG_DAYS = 30;
const ROWS_PER_STATEMENT = 2000;

/** Deletes old deliveries, and lanes in which nothing waits; returns how many deliveries. */
export async function deleteOldDeliveries(database: Database): Promise<number> {
  const [row] = await database.query(
    (sql) => sql<{ count: number }[]>`
      with gone as (
        delete from webhook_deliveries where id in (
          select id from webhook_deliveries where created_at < now() - make_interval(days => ${LOG_DAYS})
          order by created_at limit ${ROWS_PER_STATEMENT})
        returning endpoint_id, user_id
      ),
      idle as (
        delete from webhook_lanes where next_at is null
          and (endpoint_id, user_id) in (select endpoint_id, user_id from gone)
      )
      select count(*)::int as count from gone`,
  );
  return row?.count ?? 0;
}

/** A removal that is sent again meanwhile finds the endpoint. */
const REMOVED_MINUTES = 60;

/** Deletes a portion of the rows of removed endpoints, these last; returns whether there may be more. */
export async function purgeRemoved(database: Database): Promise<boolean> {
  const [row] = await database.query(
    (sql) => sql<{ count: number }[]>`
      with removed as (
        select id, removed_at < now() - make_interval(mins => ${REMOVED_MINUTES}) as "isOver"
        from webhook_endpoints as endpoint
        where removed_at is not null and (
          removed_at < now() - make_interval(mins => ${REMOVED_MINUTES})
          or exists (select from webhook_deliveries where endpoint_id = endpoint.id)
          or exists (select from webhook_lanes where endpoint_id = endpoint.id))
        limit 1
      ),
      deliveries as (
        delete from webhook_deliveries where id in (
          select id from webhook_deliveries where endpoint_id in (select id from removed)
          limit ${ROWS_PER_STATEMENT})
        returning 1
      ),
      lanes as (
        delete from webhook_lanes where (endpoint_id, user_id) in (
          select endpoint_id, user_id from webhook_lanes where endpoint_id in (select id from removed)
          limit ${ROWS_PER_STATEMENT})
        returning 1
      ),
      endpoints as (
        delete from webhook_endpoints where id in (select id from removed where "isOver")
          and not exists (select from webhook_deliveries where endpoint_id in (select id from removed))
          and not exists (select from webhook_lanes where endpoint_id in (select id from removed))
        returning 1
      )
      select (select count(*)::int from deliveries) + (select count(*)::int from lanes)
        + (select count(*)::int from endpoints) as count`,
  );
  return (row?.count ?? 0) > 0;
}

export interface WebhookFigures {
  pending: number;
  oldestSeconds: number;
  enabled: number;
  failing: number;
  disabled: number;
}

/** Deliveries that wait, and endpoints by state. */
export async function selectFigures(database: Database): Promise<WebhookFigures> {
  const [row] = await database.query(
    (sql) => sql<WebhookFigures[]>`
      select
        count(*) filter (where state = 'enabled')::int as enabled,
        count(*) filter (where state = 'failing')::int as failing,
        count(*) filter (where state = 'disabled')::int as disabled,
        coalesce(sum(waiting.count), 0)::int as pending,
        coalesce(extract(epoch from
          now() - min(waiting.oldest)
            filter (where state <> 'disabled' and ${isOfOpenPartner(sql)})), 0)::float8 as "oldestSeconds"
      from webhook_endpoints cross join lateral (
        select count(*) as count, min(created_at) as oldest from (
          select created_at from webhook_deliveries
          where endpoint_id = webhook_endpoints.id and webhook_deliveries.state = 'pending'
          limit 10000
        ) as pending
      ) as waiting
      where removed_at is null`,
  );
  return row ?? { pending: 0, oldestSeconds: 0, enabled: 0, failing: 0, disabled: 0 };
}
