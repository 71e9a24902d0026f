import type { Database } from '../../../platform/data/sql.ts';

/** A proxy or the gateway repeats a request within seconds; stored tokens are kept for a retry as long. */
const REPEATED_SECONDS = 60;

/** Far longer than an assertion lives, as the clocks of a service and of the database may differ. */
const REMEMBERED_HOURS = 2;

/**
 * Claims an assertion for one request, which may repeat within a minute. Returns false for a used one.
 * Forgets some of those that were remembered long enough.
 */
export async function claimAssertion(
  database: Database,
  assertion: { partnerId: string; jtiHash: string; requestHash: string | null },
): Promise<boolean> {
  const { partnerId, jtiHash, requestHash } = assertion;
  const claimed = await database.query(
    (sql) => sql`
      with expired as (
        delete from partner_assertions where ctid = any (array(
          select ctid from partner_assertions where expires_at < now() limit 100 for update skip locked))
      )
      insert into partner_assertions as used (partner_id, jti_hash, request_hash, expires_at)
      values (${partnerId}, ${jtiHash}, ${requestHash},
        now() + make_interval(hours => ${REMEMBERED_HOURS}))
      on conflict (partner_id, jti_hash) do update set request_hash = used.request_hash
      where used.request_hash = excluded.request_hash
        and used.claimed_at > now() - make_interval(secs => ${REPEATED_SECONDS})
      returning partner_id`,
  );
  return claimed.length > 0;
}
