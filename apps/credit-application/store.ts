import type { Database, Sql } from '../../platform/data/sql.ts';
import { countOffers } from '../../platform/insights/decision-rollups.ts';
import { appendMessages } from '../../platform/outbox/outbox-store.ts';
import { countDue } from './notification-store.ts';

interface Activation {
  offerId: string;
  notificationId: string;
  title: string;
  message: string;
  traceId: string | null;
}

interface ActivationResult {
  offerId: string;
  isActive: boolean;
  /** From its acceptance to now; null of an acceptance without a time. */
  seconds: number | null;
}

/**
 * accepted -> active, with the customer's notification and its outbox row, in one statement: an active offer
 * changes nothing, nor does one that was closed since. Returns the offers that cannot be active: unknown, or
 * never accepted; and those that became active by this call.
 */
export async function activateOffers(
  database: Database,
  activations: Activation[],
): Promise<ActivationResult[]> {
  return database.query(
    (sql) => sql<ActivationResult[]>`
      with approved as (${approvedRows(sql, activations)}),
      activated as (
        update credit_limits set status = 'active', activated_at = now(), updated_at = now()
        where id in (select offer_id from approved) and status = 'accepted'
        returning id as offer_id, id, user_id, created_at, accepted_at, activated_at
      ),
      due as (
        select offer_id, user_id from activated
        union all
        -- Active without its notification: one statement makes both, so this mends what hands have changed.
        select id, user_id from credit_limits
        where id in (select offer_id from approved) and status = 'active'
          and not exists (select from notifications where notifications.offer_id = credit_limits.id)
      ),
      in_rollups as (${countOffers(sql, 'active', sql`activated`)}),
      counted as (${countDue(sql)}),
      notified as (
        insert into notifications (id, user_id, position, type, title, message, offer_id)
        select notification_id, user_id, before + row_number() over (partition by user_id order by offer_id),
          'CREDIT_LIMIT_APPLIED', title, message, offer_id
        from due join counted using (user_id) join approved using (offer_id)
        on conflict (offer_id, type) do nothing
        returning *
      ),
      queued as (
        ${appendMessages(
          sql,
          'userNotifications',
          sql`
            select offer_id, jsonb_strip_nulls(jsonb_build_object(
              'notificationId', id, 'userId', user_id, 'type', type, 'title', notified.title,
              'message', notified.message, 'offerId', offer_id, 'traceId', trace_id))
            from notified join approved using (offer_id)`,
        )}
      )
      select offer_id as "offerId", null::float8 as seconds, false as "isActive" from approved
      where not exists (
        select from credit_limits
        where credit_limits.id = approved.offer_id and status in ('accepted', 'active', 'closed')
      )
      union all
      select offer_id, extract(epoch from clock_timestamp() - accepted_at)::float8, true from activated`,
  );
}

/** One row per offer. */
const approvedRows = (sql: Sql, activations: Activation[]) => sql`
  select distinct on (offer_id) *
  from unnest(
    ${activations.map((activation) => activation.offerId)}::uuid[],
    ${activations.map((activation) => activation.notificationId)}::uuid[],
    ${activations.map((activation) => activation.title)}::text[],
    ${activations.map((activation) => activation.message)}::text[],
    ${activations.map((activation) => activation.traceId)}::text[]
  ) as approved (offer_id, notification_id, title, message, trace_id)
  order by offer_id`;
