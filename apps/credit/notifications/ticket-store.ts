import type { Database } from '../../../platform/data/sql.ts';

/** Uses a ticket up; false when it was used before, at whichever replica. */
export async function useTicket(
  database: Database,
  ticket: { id: string; expiresAtMs: number },
): Promise<boolean> {
  const rows = await database.query(
    (sql) => sql`
      insert into used_tickets (id, expires_at)
      values (${ticket.id}, to_timestamp(${ticket.expiresAtMs / 1000}::float8))
      on conflict (id) do nothing
      returning id`,
  );
  return rows.length > 0;
}

/** Forgets tickets that no service would take any more. */
export async function deleteExpiredTickets(database: Database): Promise<void> {
  await database.query(
    (sql) => sql`delete from used_tickets where expires_at < now() - interval '5 minutes'`,
  );
}
