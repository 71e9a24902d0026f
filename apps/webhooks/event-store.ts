import type { Database } from '../../platform/data/sql.ts';
import { wakeLanes } from '../../platform/webhooks/lanes.ts';
import { noticeColumns, offerColumns, webhookEvents } from '../../platform/webhooks/webhook-events.ts';

/** Longer than a stream keeps the message about an event. */
const EVENT_DAYS_MAX = 8;

/**
 * Adds the missing deliveries of these customers' events, for each customer in the order of the events. Reads
 * the events from their rows and not from the message, so that an event never comes before an earlier one,
 * whatever the order of messages. The unique key of endpoint and event prevents a second delivery. The time
 * of the event decides whether the endpoint was open, so that an event which is read late is not lost.
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
