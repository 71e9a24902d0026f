import type { NotificationType } from '../../sdk/contracts/notification.ts';
import type { Database, Sql } from '../../platform/data/sql.ts';
import { appendMessages } from '../../platform/outbox/outbox-store.ts';

interface NewNotification {
  notificationId: string;
  userId: string;
  type: NotificationType;
  title: string;
  message: string;
  offerId: string | null;
  analysisId: string | null;
  traceId: string | null;
}

/**
 * Notifies customers of decisions and closings, with the outbox rows, in one statement; of each once, however
 * often its message comes. Workers with the same message compete for the outbox row, and only the winner
 * counts the notification, so that positions have no gaps. Returns the customers, decisions and limits that
 * do not exist: a restored database has forgotten those of after its dump.
 */
export async function insertNotifications(
  database: Database,
  notifications: NewNotification[],
): Promise<Set<string>> {
  const unknown = await database.query(
    (sql) => sql<{ id: string }[]>`
      with incoming as (
        select distinct on (type, analysis_id, offer_id) *
        from unnest(
          ${notifications.map(({ notificationId }) => notificationId)}::uuid[],
          ${notifications.map(({ userId }) => userId)}::uuid[],
          ${notifications.map(({ type }) => type)}::text[],
          ${notifications.map(({ title }) => title)}::text[],
          ${notifications.map(({ message }) => message)}::text[],
          ${notifications.map(({ offerId }) => offerId)}::uuid[],
          ${notifications.map(({ analysisId }) => analysisId)}::uuid[],
          ${notifications.map(({ traceId }) => traceId)}::text[]
        ) as incoming (notification_id, user_id, type, title, message, offer_id, analysis_id, trace_id)
      ),
      forgotten as (${forgottenOf(sql)}),
      news as (
        select incoming.* from incoming join users on users.id = user_id
        where not exists (
          select from notifications n where n.type = incoming.type
            and (n.analysis_id = incoming.analysis_id or n.offer_id = incoming.offer_id)
        )
        and not exists (select from forgotten where id in (analysis_id, offer_id))
      ),
      queued as (
        ${appendMessages(
          sql,
          'userNotifications',
          sql`
            select coalesce(analysis_id, offer_id) || ':' || type, jsonb_strip_nulls(jsonb_build_object(
              'notificationId', notification_id, 'userId', user_id, 'type', type, 'title', title,
              'message', message, 'analysisId', analysis_id, 'traceId', trace_id))
              || jsonb_build_object('offerId', offer_id)
            from news`,
        )}
        returning (payload->>'notificationId')::uuid as notification_id
      ),
      due as (
        select news.* from news join queued using (notification_id)
      ),
      counted as (${countDue(sql)}),
      notified as (
        insert into notifications (id, user_id, position, type, title, message, offer_id, analysis_id)
        select notification_id, user_id,
          before + row_number() over (partition by user_id order by notification_id),
          type, title, message, offer_id, analysis_id
        from due join counted using (user_id)
      )
      select user_id as id from incoming where not exists (select from users where id = user_id)
      union all select id from forgotten`,
  );
  return new Set(unknown.map(({ id }) => id));
}

/** A step that selects the decisions and limits of the alias `incoming` that do not exist. */
const forgottenOf = (sql: Sql) => sql`
  select analysis_id as id from incoming
  where analysis_id is not null and not exists (select from credit_analyses where id = analysis_id)
  union all
  select offer_id from incoming
  where offer_id is not null and not exists (select from credit_limits where id = offer_id)`;

/**
 * A step that counts the notifications of the alias `due`, and returns the number before them by customer.
 * Raising the count locks the customer's row, so positions are assigned in the order in which they become
 * visible. After a restore it goes on above all positions that may have been given before.
 */
export const countDue = (sql: Sql) => sql`
  update users set notification_count = added.count +
    greatest(notification_count, case when users.created_at <= floor_since then position_floor end)
  from (select user_id, count(*) as count from due group by user_id order by user_id) as added,
    notification_floor()
  where users.id = added.user_id
  returning users.id as user_id, notification_count - added.count as before`;
