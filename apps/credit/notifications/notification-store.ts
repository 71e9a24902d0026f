import type { Notification } from '../../../sdk/contracts/notification.ts';
import type { Database } from '../../../platform/data/sql.ts';

/** Returns the position of each customer's newest notification; a customer without any is missing. */
export async function selectLastPositions(
  database: Database,
  userIds: string[],
): Promise<Map<string, number>> {
  const rows = await database.query(
    (sql) => sql<{ userId: string; position: number }[]>`
      select customer as "userId", newest.position::float8 as position
      from unnest(${userIds}::uuid[]) as customer, lateral (
        select position from notifications where user_id = customer order by position desc limit 1
      ) as newest`,
  );
  return new Map(rows.map(({ userId, position }) => [userId, position]));
}

/** Returns the customer's notifications after a position, oldest first. */
export function selectNotifications(
  database: Database,
  userId: string,
  page: { after: number; size: number },
): Promise<Notification[]> {
  return database.query(
    (sql) => sql<Notification[]>`
      select id as notification_id, position::float8 as position, type, title, message, offer_id,
        analysis_id, created_at
      from notifications
      where user_id = ${userId} and position > ${page.after}
      order by position
      limit ${page.size}`,
  );
}
