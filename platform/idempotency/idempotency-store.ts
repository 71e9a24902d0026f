import { isUnleased } from '../data/lease.ts';
import type { Database, Sql } from '../data/sql.ts';

/** No request lives longer: work of a crashed process may begin again after it. */
const LOCK_SECONDS = 10;

/**
 * A claimed key is held by `lockedUntil`, which is another one for each claim: a process that wakes up after
 * another has taken its key over neither stores its response nor releases the key.
 */
export interface HeldKey {
  scope: string;
  key: string;
  lockedUntil: string;
}

type Claim =
  | { claimed: true; held: HeldKey }
  | { claimed: false; fingerprint: string; response: Uint8Array | null };

/**
 * Claims the key when it is new, was released, or is past its time; else returns its record. A key that
 * another request claims at the same moment reads as still running. The fingerprints are of one request, by
 * each secret; the first is stored.
 */
export async function claimKey(
  database: Database,
  id: { scope: string; key: string },
  fingerprints: [string, ...string[]],
): Promise<Claim> {
  const [fingerprint] = fingerprints;
  const [row] = await database.query(
    (sql) => sql<{ lockedUntil: string | null; fingerprint: string; response: Uint8Array | null }[]>`
      with claimed as (
        insert into idempotency_keys as existing (scope, key, fingerprint, locked_until)
        values (${id.scope}, ${id.key}, ${fingerprint}, now() + make_interval(secs => ${LOCK_SECONDS}))
        on conflict (scope, key) do update set
          fingerprint = excluded.fingerprint, locked_until = excluded.locked_until, answer = null,
          created_at = now(), expires_at = excluded.expires_at
        where existing.expires_at < now()
          or (existing.answer is null
            and ${isUnleased(sql, 'existing.locked_until', LOCK_SECONDS)}
            and existing.fingerprint = any(${fingerprints}))
        returning fingerprint, locked_until
      )
      select locked_until::text as "lockedUntil", fingerprint, null::bytea as response from claimed
      union all
      select null, fingerprint, answer as response from idempotency_keys
      where scope = ${id.scope} and key = ${id.key} and not exists (select from claimed)
        -- One that was past its time before this statement is claimed by another by now.
        and expires_at >= now()`,
  );
  if (row?.lockedUntil) return { claimed: true, held: { ...id, lockedUntil: row.lockedUntil } };
  return { claimed: false, fingerprint: row?.fingerprint ?? fingerprint, response: row?.response ?? null };
}

/**
 * Is false once another request has taken the key over, and then keeps a statement from its change: a
 * statement that would count twice asks for it. The row stays locked until the change is made, so a
 * takeover at this moment is either seen or waits. An erasure deletes keys that nobody else claims by that.
 */
export const isHeldYet = (sql: Sql, held: HeldKey | null | undefined) =>
  held
    ? sql`coalesce((
        select locked_until = ${held.lockedUntil}::text::timestamptz from idempotency_keys
        where scope = ${held.scope} and key = ${held.key} for update), true)`
    : sql`true`;

/** Stores the response of a held key. Returns false, without it, where another has claimed the key since. */
export async function saveResponse(
  database: Database,
  held: HeldKey,
  response: Buffer,
  keptSeconds: number,
): Promise<boolean> {
  const [row] = await database.query(
    (sql) => sql<{ isOurs: boolean }[]>`
      with saved as (
        update idempotency_keys set
          answer = ${response}, expires_at = now() + make_interval(secs => ${keptSeconds})
        where ${isHeld(sql, held)}
        returning scope
      )
      select exists (select from saved) or not exists (
        select from idempotency_keys where scope = ${held.scope} and key = ${held.key}) as "isOurs"`,
  );
  return row?.isOurs ?? true;
}

/** Forgets the oldest expired keys, at most so many; returns how many there were. */
export async function deleteExpiredKeys(database: Database, keysMax: number): Promise<number> {
  const rows = await database.query(
    (sql) => sql`
      delete from idempotency_keys where (scope, key) in (
        select scope, key from idempotency_keys where expires_at < now() order by expires_at limit ${keysMax})
      returning 1`,
  );
  return rows.length;
}

export async function releaseKey(database: Database, held: HeldKey): Promise<void> {
  await database.query(
    (sql) => sql`delete from idempotency_keys where ${isHeld(sql, held)} and answer is null`,
  );
}

const isHeld = (sql: Sql, { scope, key, lockedUntil }: HeldKey) =>
  sql`scope = ${scope} and key = ${key} and locked_until = ${lockedUntil}::text::timestamptz`;
