import type { Database } from '../../../platform/data/sql.ts';

/** Uses a ticket up. Returns false when it was used before, at any replica. */
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

/** Deletes used tickets that are expired by now: their expiry alone rejects them. */
export async function deleteExpiredTickets(database: Database): Promise<void> {
  await database.query(
    (sql) => sql`delete from used_tickets where expires_at < now() - interval '5 minutes'`,
  );
}
