import { appendAct } from '../../../platform/audit/append-act.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { ConsentPurpose } from '../../../sdk/contracts/consent.ts';

/** A consent as its stream keeps it. */
export interface ConsentState {
  userId: string;
  purpose: ConsentPurpose;
  granted: boolean;
  textVersion: string;
  /** At least the time of its change in milliseconds; before versions were times, a count of changes. */
  version: number;
}

/**
 * Returns a text that is another one after a restore of the database, its tables, or a server's files, and
 * once a server that is being recovered takes writes: before, it shows ever later moments.
 */
export async function selectIdentity(database: Database): Promise<string> {
  const [row] = await database.query(
    (sql) => sql<{ identity: string }[]>`
      select concat_ws(' ', pg_postmaster_start_time(), pg_is_in_recovery(),
        'users'::regclass::oid, 'consents'::regclass::oid,
        (select oid from pg_database where datname = current_database())) as identity`,
  );
  return row?.identity ?? '';
}

const TEXTS_MAX = 10_000;

/** Returns the versions of texts that customers were shown, the most frequent first. */
export async function selectTextVersions(database: Database): Promise<string[]> {
  const rows = await database.query(
    (sql) => sql<{ text: string }[]>`
      select text_version as text from consents group by 1 order by count(*) desc, 1 limit ${TEXTS_MAX}`,
  );
  return rows.map(({ text }) => text);
}

/**
 * Changes the consents that are older than these states, each with an act of the audit log. Triggers keep the
 * change and publish it. Returns how many there were.
 */
export async function insertForgottenConsents(database: Database, states: ConsentState[]): Promise<number> {
  if (states.length === 0) return 0;
  const rows = await database.query(
    (sql) => sql`
      with state as (
        select *, case when version > 1e12 then to_timestamp(version / 1000.0) else now() end as changed_at
        from unnest(
          ${states.map(({ userId }) => userId)}::uuid[], ${states.map(({ purpose }) => purpose)}::text[],
          ${states.map(({ granted }) => String(granted))}::text[]::boolean[],
          ${states.map(({ textVersion }) => textVersion)}::text[],
          ${states.map(({ version }) => String(version))}::text[]::bigint[]
        ) as state (user_id, purpose, granted, text_version, version)
      ),
      changed as (
        insert into consents as known (user_id, purpose, granted, text_version, given_at, withdrawn_at)
        select user_id, purpose, granted, text_version,
          case when granted then changed_at end, case when not granted then changed_at end
        from state
        where exists (select from users where id = user_id) and not exists (
          select from consents newer
          where newer.user_id = state.user_id and newer.purpose = state.purpose
            and newer.version >= state.version)
        order by user_id, purpose
        -- A customer who changes it at this moment knows better.
        on conflict (user_id, purpose) do update set granted = excluded.granted,
          text_version = excluded.text_version, given_at = coalesce(excluded.given_at, known.given_at),
          withdrawn_at = excluded.withdrawn_at
          where known.version < (
            select version from state
            where state.user_id = excluded.user_id and state.purpose = excluded.purpose)
        returning *
      ),
      audited as (
        ${appendAct(
          sql,
          {
            actor: { kind: 'system', name: 'privacy' },
            act: sql`case when granted then 'consent.give' else 'consent.withdraw' end`,
            subject: { kind: 'consent', id: sql`purpose` },
            customerId: sql`user_id`,
            reason: sql`text_version`,
            details: { restored: true },
          },
          sql`changed`,
        )}
      )
      select from changed`,
  );
  return rows.length;
}
