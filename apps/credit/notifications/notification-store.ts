import type { Notification } from '../../../sdk/contracts/notification.ts';
import type { Database } from '../../../platform/data/sql.ts';

/** Those after a place in the user's sequence, oldest first. */
export function selectNotifications(
  database: Database,
  userId: string,
  page: { after: number; size: number },
): Promise<Notification[]> {
  return database.query(
    (sql) => sql<Notification[]>`
      select id as notification_id, position::float8 as position, type, title, message, offer_id, created_at
      from notifications
      where user_id = ${userId} and position > ${page.after}
      order by position
      limit ${page.size}`,
  );
}
