import type { User } from '../../../sdk/contracts/auth.ts';
import type { Customer } from '../../../sdk/contracts/customer.ts';
import type { DailySummary } from '../../../sdk/contracts/emotion.ts';
import type { Locale } from '../../../sdk/contracts/jurisdiction.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { consentsJson } from '../consents/consent-store.ts';
import { policyNumber } from '../policies/policy-store.ts';

/** Returns the new user; null when the e-mail is taken, compared without case. */
export async function insertUser(
  database: Database,
  user: { id: string; email: string; passwordHash: string; jurisdiction?: string | null; locale?: Locale },
): Promise<User | null> {
  const [created] = await database.query(
    (sql) => sql<User[]>`
      insert into users (id, email, password_hash, jurisdiction, locale)
      values (${user.id}, ${user.email}, ${user.passwordHash}, ${user.jurisdiction ?? null},
        ${user.locale ?? 'en'})
      on conflict (email_key) do nothing
      returning id, email, jurisdiction, locale, created_at, updated_at`,
  );
  return created ?? null;
}

/**
 * Returns null for an unknown e-mail, and for a customer under erasure. The e-mail is folded by SQL, as the
 * column is: the runtime's Unicode tables may differ for rare characters.
 */
export async function selectCredentials(
  database: Database,
  email: string,
): Promise<{ id: string; passwordHash: string } | null> {
  const [user] = await database.query(
    (sql) => sql<{ id: string; passwordHash: string }[]>`
      select id, password_hash as "passwordHash" from users
      where email_key = lower(normalize(${email}, nfc) collate "und-x-icu")
        and not exists (select from erasures where user_id = users.id)`,
  );
  return user ?? null;
}

export async function selectCredentialsById(
  database: Database,
  userId: string,
): Promise<{ email: string; passwordHash: string } | null> {
  const [user] = await database.query(
    (sql) => sql<{ email: string; passwordHash: string }[]>`
      select email, password_hash as "passwordHash" from users where id = ${userId}`,
  );
  return user ?? null;
}

/**
 * Returns a customer, or null. `exposure_max` is null while no policy is active for the
 * customer.
 */
export async function selectCustomer(
  database: Database,
  customer: { userId: string; defaultJurisdiction: string | null },
): Promise<(Omit<Customer, 'exposure_max'> & { exposure_max: number | null }) | null> {
  const [row] = await database.query(
    (sql) => sql<(Customer & { exposure_max: number | null })[]>`
      select users.id, email, jurisdiction, locale, ${consentsJson(sql)} as consents,
        exposure::float8 as exposure,
        ${policyNumber(sql, 'exposure_max', customer)}::float8 as exposure_max, created_at
      from users join customer_exposures on user_id = users.id
      where users.id = ${customer.userId}`,
  );
  return row ?? null;
}

/** Returns the last `days` days, newest first, without those that have no events. */
export function selectEmotionSummary(
  database: Database,
  userId: string,
  days: number,
): Promise<DailySummary[]> {
  return database.query(
    (sql) => sql<DailySummary[]>`
      select summary_date::text, avg_positivity_score::float8, avg_intensity_score::float8,
        avg_stress_level::float8, stress_event_count::int, event_count::int
      from emotional_events_summary
      where user_id = ${userId} and summary_date > (now() at time zone 'utc')::date - ${days}::int
      order by summary_date desc`,
  );
}
