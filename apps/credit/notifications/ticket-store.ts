import type { Database } from '../../../platform/data/sql.ts';

/** Far longer than a ticket lives, as the clocks of a service and of the database may differ. */
const REMEMBERED_HOURS = 2;

/** Uses a ticket up. Returns false when it was used before, at any replica. */
export async function useTicket(database: Database, ticketId: string): Promise<boolean> {
  const rows = await database.query(
    (sql) => sql`
      insert into used_tickets (id, expires_at)
      values (${ticketId}, now() + make_interval(hours => ${REMEMBERED_HOURS}))
      on conflict (id) do nothing
      returning id`,
  );
  return rows.length > 0;
}

/** Forgets used tickets that were remembered long enough: their own expiry rejects them. */
export async function deleteExpiredTickets(database: Database): Promise<void> {
  await database.query((sql) => sql`delete from used_tickets where expires_at < now()`);
}
