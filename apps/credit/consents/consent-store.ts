import type { Consent, ConsentChange, ConsentPurpose } from '../../../sdk/contracts/consent.ts';
import { type Act, appendAct } from '../../../platform/audit/append-act.ts';
import { isoMillis } from '../../../platform/data/iso-time.ts';
import type { Database, Sql } from '../../../platform/data/sql.ts';
import { queryExposure } from '../exposure-turns.ts';

/** Returns a consent; null where the customer has not said; undefined for a customer that does not exist. */
export async function selectConsent(
  database: Database,
  userId: string,
  purpose: ConsentPurpose,
): Promise<Consent | null | undefined> {
  const [row] = await database.query(
    (sql) => sql<{ consent: Consent | null }[]>`
      select (select ${consentJson(sql)} from consents where user_id = users.id and purpose = ${purpose})
        as consent
      from users where id = ${userId}`,
  );
  return row?.consent;
}

/**
 * Gives or withdraws a consent, with the act of the audit log, in one statement. Triggers append the message
 * that ingestion follows, keep each change, and prevent that a decision on the earlier consents is recorded.
 * Returns the consent; null when nothing has changed.
 */
export async function changeConsent(
  database: Database,
  consent: { userId: string; purpose: ConsentPurpose } & ConsentChange,
): Promise<Consent | null> {
  const [row] = await queryExposure(
    database,
    consent.userId,
    (sql) => sql<{ consent: Consent }[]>`
      with changed as (
        insert into consents (user_id, purpose, granted, text_version, given_at, withdrawn_at)
        select id, ${consent.purpose}, ${consent.granted}, ${consent.text_version},
          case when ${consent.granted} then now() end, case when not ${consent.granted} then now() end
        from users where id = ${consent.userId}
        on conflict (user_id, purpose) do update set granted = excluded.granted,
          text_version = excluded.text_version,
          given_at = coalesce(excluded.given_at, consents.given_at),
          withdrawn_at = case when not excluded.granted then coalesce(consents.withdrawn_at, now()) end
        where (consents.granted, consents.text_version) <> (excluded.granted, excluded.text_version)
        returning *
      ),
      audited as (${appendAct(sql, consentAct(sql), sql`changed`)})
      select ${consentJson(sql)} as consent from changed`,
  );
  return row?.consent ?? null;
}

/** How many customers have given, and have withdrawn, each consent. */
export function countConsents(
  database: Database,
): Promise<{ purpose: ConsentPurpose; given: number; withdrawn: number }[]> {
  return database.query(
    (sql) => sql<{ purpose: ConsentPurpose; given: number; withdrawn: number }[]>`
      select purpose, count(*) filter (where granted)::int as given,
        count(*) filter (where not granted)::int as withdrawn
      from consents group by purpose`,
  );
}

/** A customer's consents as the wire has them, by purpose. */
export const consentsJson = (sql: Sql) => sql`
  (select coalesce(jsonb_object_agg(purpose, ${consentJson(sql)}), '{}') from consents
    where consents.user_id = users.id)`;

const consentJson = (sql: Sql) => sql`
  jsonb_build_object('purpose', purpose, 'granted', granted, 'text_version', text_version,
    'given_at', ${isoMillis(sql, 'given_at')},
    'withdrawn_at', ${isoMillis(sql, 'withdrawn_at')})`;

/** An act of the customer, over the columns of a consent. */
const consentAct = (sql: Sql): Act => ({
  actor: { kind: 'customer' },
  act: sql`case when granted then 'consent.give' else 'consent.withdraw' end`,
  subject: { kind: 'consent', id: sql`purpose` },
  customerId: sql`user_id`,
  // Stored as the reason, which an erasure takes, since it is a text of the client; details are never erased.
  reason: sql`text_version`,
});
