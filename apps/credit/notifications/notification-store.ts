import type { Notification } from '../../../sdk/contracts/notification.ts';
import type { Database } from '../../../platform/data/sql.ts';

/** The place of the customer's newest notification; 0 without any. */
export async function selectLastPosition(database: Database, userId: string): Promise<number> {
  const [row] = await database.query(
    (sql) => sql<{ position: number }[]>`
      select notification_count::float8 as position from users where id = ${userId}`,
  );
  return row?.position ?? 0;
}

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
