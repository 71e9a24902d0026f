import type { User } from '../../../sdk/contracts/auth.ts';
import type { DailySummary } from '../../../sdk/contracts/emotion.ts';
import type { Database } from '../../../platform/data/sql.ts';

/** The new user, or null when the e-mail is taken, in any case. */
export async function insertUser(
  database: Database,
  user: { id: string; email: string; passwordHash: string },
): Promise<User | null> {
  const [created] = await database.query(
    (sql) => sql<User[]>`
      insert into users (id, email, password_hash)
      values (${user.id}, ${user.email}, ${user.passwordHash})
      on conflict (email_key) do nothing
      returning id, email, created_at, updated_at`,
  );
  return created ?? null;
}

/** The e-mail is folded by SQL alone, as the column is: two Unicode tables may differ for rare characters. */
export async function selectCredentials(
  database: Database,
  email: string,
): Promise<{ id: string; passwordHash: string } | null> {
  const [user] = await database.query(
    (sql) => sql<{ id: string; passwordHash: string }[]>`
      select id, password_hash as "passwordHash" from users
      where email_key = lower(normalize(${email}, nfc) collate "und-x-icu")`,
  );
  return user ?? null;
}

/** The days that have events among the last `days`, newest first. */
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
