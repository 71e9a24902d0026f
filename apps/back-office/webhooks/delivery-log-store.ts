import type {
  WebhookDeliveriesQuery,
  WebhookDelivery,
  WebhookDeliveryLine,
  WebhookEvents,
} from '../../../sdk/contracts/webhook.ts';
import { appendAct } from '../../../platform/audit/append-act.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { wakeLanes } from '../../../platform/webhooks/lanes.ts';
import { type EventRange, webhookEventsBetween } from '../../../platform/webhooks/webhook-events.ts';
import { actOf, changedBy, type Owner } from './endpoint-store.ts';
import { lineColumns } from './webhook-columns.ts';

/** Returns a page of the log of an endpoint, newest first, each with its sequence. */
export async function selectDeliveries(
  database: Database,
  webhookId: string,
  page: Pick<WebhookDeliveriesQuery, 'state' | 'cursor'> & { size: number },
): Promise<(WebhookDeliveryLine & { sequence: number })[]> {
  const { state = null, cursor = null, size } = page;
  const rows = await database.query(
    (sql) => sql<(WebhookDeliveryLine & { sequence: number })[]>`
      select ${lineColumns(sql)}, sequence::float8 from webhook_deliveries
      where endpoint_id = ${webhookId} and (${cursor}::bigint is null or sequence < ${cursor}::bigint)
        and (${state}::text is null or state = ${state}::text)
      order by sequence desc limit ${size}`,
  );
  return [...rows];
}

export async function selectDelivery(
  database: Database,
  webhookId: string,
  deliveryId: string,
): Promise<WebhookDelivery | null> {
  const [row] = await database.query(
    (sql) => sql<WebhookDelivery[]>`
      select ${lineColumns(sql)}, payload, log from webhook_deliveries
      where id = ${deliveryId} and endpoint_id = ${webhookId}`,
  );
  return row ?? null;
}

/**
 * Makes a delivery pending again, behind those that wait already: it would hold them up for a day if its
 * receiver fails at it again. One that waits keeps its place. Returns whether there is one.
 */
export async function redeliver(
  database: Database,
  owner: Owner,
  webhookId: string,
  deliveryId: string,
): Promise<boolean> {
  const rows = await database.query(
    (sql) => sql`
      with webhook as (
        select id from webhook_endpoints where id = ${webhookId} and ${changedBy(sql, owner)}
      ),
      delivery as (
        -- As of the lock: an attempt that ends at this moment is waited for.
        select id, state from webhook_deliveries
        where id = ${deliveryId} and endpoint_id in (select id from webhook) for no key update
      ),
      ended as (
        update webhook_deliveries set state = 'pending', delivered_at = null, sequence = default,
          retry_until = case when user_id = endpoint_id then now() end
        where id in (select id from delivery where state <> 'pending')
        returning id, endpoint_id, user_id
      ),
      waiting as (
        update webhook_deliveries set retry_until = case when user_id = endpoint_id then now() end
        where id in (select id from delivery where state = 'pending')
        returning id, endpoint_id, user_id
      ),
      again as (select * from ended union all select * from waiting),
      lanes as (${wakeLanes(sql, sql`again`)}),
      audited as (${appendAct(
        sql,
        {
          ...actOf(sql, owner, 'webhook.redeliver'),
          subject: { kind: 'webhook', id: sql`endpoint_id` },
          details: sql`jsonb_build_object('deliveries', 1)`,
        },
        sql`again`,
      )})
      select id from again`,
  );
  return rows.length > 0;
}

/** Events of a redelivery; more are an error, so that it is one statement. */
export const REDELIVERIES_MAX = 2000;

/**
 * Makes the deliveries of a time range pending again in the order of their events, behind those that wait
 * already; events that the endpoint never had are added. Returns how many; null where the range has too many.
 */
export async function redeliverRange(
  database: Database,
  owner: Owner,
  webhookId: string,
  range: EventRange,
): Promise<number | null> {
  const [row] = await database.query(
    (sql) => sql<{ events: number; deliveries: number }[]>`
      with webhook as (
        select id, event_types from webhook_endpoints where id = ${webhookId} and ${changedBy(sql, owner)}
      ),
      event as (${webhookEventsBetween(sql, { ...range, limit: REDELIVERIES_MAX + 1 })}),
      again as (
        insert into webhook_deliveries (endpoint_id, event_id, user_id, event_type, payload)
        select webhook.id, event_id, user_id, event_type, payload
        from event join webhook on event_type = any (event_types)
        where (select count(*) from event where rank = 1) <= ${REDELIVERIES_MAX}
        order by user_id, sort_at, rank, place
        on conflict (endpoint_id, event_id) do update
        set state = 'pending', delivered_at = null, retry_until = null, sequence = default
        where webhook_deliveries.state <> 'pending'
        returning endpoint_id, user_id
      ),
      lanes as (${wakeLanes(sql, sql`again`)}),
      audited as (${appendAct(
        sql,
        {
          ...actOf(sql, owner, 'webhook.redeliver'),
          details: sql`jsonb_build_object('deliveries', (select count(*) from again))`,
        },
        sql`webhook`,
      )})
      select (select count(*)::int from event where rank = 1) as events,
        (select count(*)::int from again) as deliveries`,
  );
  return row === undefined || row.events > REDELIVERIES_MAX ? null : row.deliveries;
}

/** Returns the events since a time, oldest first, until now by whichever clock. */
export async function selectEvents(
  database: Database,
  since: { sinceMs: number; limit: number },
): Promise<WebhookEvents['items']> {
  const rows = await database.query(
    (sql) => sql<WebhookEvents['items']>`
      select event_id, event_type, at, payload from (
        ${webhookEventsBetween(sql, { ...since, untilMs: null })}
      ) as event
      order by at, rank, place`,
  );
  return [...rows];
}
