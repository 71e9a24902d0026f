import type { Database } from '../../../platform/data/sql.ts';

/** A hop sends a request again within seconds; a token is stored for a retry for as long. */
const REPEATED_SECONDS = 60;

/**
 * Takes an assertion, once, and again for the same request within a minute; forgets some of those past their
 * end. Returns false for a used one.
 */
export async function claimAssertion(
  database: Database,
  assertion: { partnerId: string; jtiHash: string; requestHash: string | null; expiresAtSeconds: number },
): Promise<boolean> {
  const { partnerId, jtiHash, requestHash, expiresAtSeconds } = assertion;
  const claimed = await database.query(
    (sql) => sql`
      with expired as (
        delete from partner_assertions where ctid = any (array(
          select ctid from partner_assertions where expires_at < now() limit 100 for update skip locked))
      )
      insert into partner_assertions as used (partner_id, jti_hash, request_hash, expires_at)
      values (${partnerId}, ${jtiHash}, ${requestHash}, to_timestamp(${expiresAtSeconds}))
      on conflict (partner_id, jti_hash) do update set request_hash = used.request_hash
      where used.request_hash = excluded.request_hash
        and used.claimed_at > now() - make_interval(secs => ${REPEATED_SECONDS})
      returning partner_id`,
  );
  return claimed.length > 0;
}
