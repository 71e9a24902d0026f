import type { Database } from '../../../platform/data/sql.ts';

/** Takes an assertion, once; forgets some of those that have ended. Returns false for one that was used. */
export async function claimAssertion(
  database: Database,
  assertion: { partnerId: string; jtiHash: string; expiresAtSeconds: number },
): Promise<boolean> {
  const { partnerId, jtiHash, expiresAtSeconds } = assertion;
  const claimed = await database.query(
    (sql) => sql`
      with expired as (
        delete from partner_assertions where ctid = any (array(
          select ctid from partner_assertions where expires_at < now() limit 100 for update skip locked))
      )
      insert into partner_assertions (partner_id, jti_hash, expires_at)
      values (${partnerId}, ${jtiHash}, to_timestamp(${expiresAtSeconds}))
      on conflict (partner_id, jti_hash) do nothing
      returning partner_id`,
  );
  return claimed.length > 0;
}
