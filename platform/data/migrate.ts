import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type postgres from 'postgres';
import Postgrator from 'postgrator';
import { connectPostgres } from './connect-postgres.ts';
import { createBackoff } from '../kernel/backoff.ts';
import { lockedError, MigrationError, nameFile, nameLoss } from './migration-errors.ts';

const ROOT = join(import.meta.dir, '..', '..');
const MIGRATIONS = join(ROOT, 'migrations', '*.sql');
/** Any constant will do: it keeps two migrations of one database apart. */
const ADVISORY_LOCK = 4_517_231;

/**
 * Statements on a table wait behind a migration that waits for it: so long at most, and then a moment without
 * it. Those of services have 1.5 s.
 */
const LOCK_TIMEOUT_MS = 500;
/** An autovacuum gives its table up to a statement that has waited for `deadlock_timeout`, 1 s. */
const LOCK_TIMEOUT_MS_BESIDE_VACUUM = 1250;
const LOCK_BACKOFF = { stepMs: 500, delayMsMax: 3000 };
/** A nightly dump, or a report, has a lock of every table it has read to its end. */
const PATIENCE_MS = 10 * 60 * 1000;
const LOCK_NOT_AVAILABLE = '55P03';
/**
 * A transaction waits so long for a client that is frozen, or cut off, while every service waits for its
 * locks; a client that works takes milliseconds between two statements.
 */
const SILENCE_MS = 30_000;

interface MigrateOptions {
  pattern?: string;
  patienceMs?: number;
  silenceMs?: number;
  /** Called once, with the sessions in long transactions, when a table is in use. */
  onWait?: (sessions: string) => void;
}

/**
 * Brings the database to the newest version: plain SQL files in order, checked by checksum, each in a
 * transaction under an advisory lock, so that no table is locked for the work on another one. A crash
 * half-way leaves the files before it, and the next run goes on from there; an empty database gets all of
 * them or none. While another session has a table in use, or migrates, it gives up its locks and begins
 * again, so that no service waits for that session. Once the connection is lost nothing more is done: the
 * driver would send the next statement on another one, outside of the transaction.
 */
export async function migrate(
  databaseUrl: string,
  { pattern = MIGRATIONS, patienceMs = PATIENCE_MS, silenceMs = SILENCE_MS, onWait }: MigrateOptions = {},
): Promise<Migrated> {
  let hasBegun = false;
  let isLost = false;
  const onClose = () => {
    isLost = hasBegun;
  };
  const pool = connectPostgres(databaseUrl, { max: 1, name: 'ecs migrate', connectSeconds: 5, onClose });
  const sql = whileOpen(pool, () => !isLost);
  const backoff = createBackoff(LOCK_BACKOFF);
  const deadlineMs = performance.now() + patienceMs;
  const applied: string[] = [];
  /** Gives up the locks, and waits before the next attempt. */
  const giveWay = async (error: unknown): Promise<null> => {
    if (!isLocked(error)) throw error;
    await sql`rollback`;
    const sessions = await nameSessions(sql);
    if (backoff.fail() === 1) onWait?.(sessions);
    if (performance.now() > deadlineMs) throw lockedError(error, sessions, applied);
    await Bun.sleep(backoff.delayMs());
    return null;
  };
  try {
    await pool`select`;
    hasBegun = true;
    for (;;) {
      const step = await migrateStep(sql, { pattern, silenceMs }, applied).catch(giveWay);
      if (!step) continue;
      applied.push(...step.applied);
      if (step.isLast) return { applied, version: step.version };
    }
  } catch (error) {
    throw hasBegun ? nameLoss(error, { isLost, applied }) : error;
  } finally {
    await pool.end({ timeout: 1 });
  }
}

/** Returns the connection with a check before each statement that it is still the one of the transaction. */
function whileOpen(sql: postgres.Sql, isOpen: () => boolean): postgres.Sql {
  const check = () => {
    if (!isOpen()) throw new Error('the connection has ended');
  };
  return new Proxy(sql, {
    apply(target, self, args) {
      check();
      return Reflect.apply(target, self, args);
    },
    get(target, name) {
      check();
      return Reflect.get(target, name);
    },
  });
}

interface Migrated {
  applied: string[];
  version: number;
}

/** Applies the next file, and to an empty database all of them. */
async function migrateStep(
  sql: postgres.Sql,
  { pattern, silenceMs }: { pattern: string; silenceMs: number },
  applied: readonly string[],
): Promise<Migrated & { isLast: boolean }> {
  // The driver's own transactions are unsafe only when a backend dies under a shared pool; here is one
  // connection.
  await sql`begin`;
  await limitWaits(sql, silenceMs);
  await sql`select pg_advisory_xact_lock(${ADVISORY_LOCK})`;
  const migrator = new Postgrator({
    driver: 'pg',
    migrationPattern: pattern,
    schemaTable: 'schema_version',
    execQuery: async (query: string) => ({ rows: await sql.unsafe(query) }),
  });
  let current: Postgrator.Migration | undefined;
  const remember = (migration: Postgrator.Migration) => {
    current = migration;
  };
  migrator.on('validation-started', remember);
  migrator.on('migration-started', remember);
  const apply = async () => {
    const before = await migrator.getDatabaseVersion();
    if (before === 0) return { migrations: await migrator.migrate(), isLast: true };
    // Postgrator goes by the version alone: of two branches it would never apply the file with the lower
    // number that was merged later. At the version that there is, it checks the files and applies none.
    await migrator.migrate(String(before));
    const [next, ...later] = await selectPending(sql, migrator);
    if (!next) return { migrations: [], isLast: true };
    remember(next);
    await sql.unsafe(next.getSql());
    const { version, name, md5 } = next;
    await sql`
      insert into schema_version (version, name, md5, run_at) values (${version}, ${name}, ${md5}, now())`;
    return { migrations: [next], isLast: later.length === 0 };
  };
  const { migrations, isLast } = await apply().catch((error: unknown) => {
    throw nameFile(error, current, applied);
  });
  const version = await migrator.getDatabaseVersion();
  await sql`commit`;
  return {
    applied: migrations.map((migration) => `${migration.version} ${migration.name}`),
    version,
    isLast,
  };
}

/** The files that the database does not have, in the order of their numbers. */
async function selectPending(sql: postgres.Sql, migrator: Postgrator): Promise<Postgrator.Migration[]> {
  const rows = await sql<{ version: number }[]>`select version::int as version from schema_version`;
  const applied = new Set(rows.map(({ version }) => version));
  return (await migrator.getMigrations())
    .filter(({ action, version }) => action === 'do' && !applied.has(version))
    .toSorted((a, b) => a.version - b.version);
}

/**
 * Bounds each wait of the transaction for a lock, and the wait for a client that is frozen or dead: a server
 * learns of a killed one only when its statement ends, unless it looks. Every role sees the rows of the
 * views.
 */
async function limitWaits(sql: postgres.Sql, silenceMs: number): Promise<void> {
  await sql`
    select set_config('lock_timeout', (case when exists (
        select from pg_stat_progress_vacuum where datname = current_database()
        union all select from pg_stat_progress_analyze where datname = current_database()
      ) then ${LOCK_TIMEOUT_MS_BESIDE_VACUUM}::int else ${LOCK_TIMEOUT_MS}::int end)::text, true),
      set_config('idle_in_transaction_session_timeout', ${String(silenceMs)}, true),
      -- Servers of other systems refuse it.
      (select set_config(name, '1s', true) from pg_settings
        where name = 'client_connection_check_interval' and version() ~ 'linux|darwin')`;
}

function isLocked(error: unknown): boolean {
  const cause = error instanceof MigrationError ? error.cause : error;
  return (cause as { code?: unknown } | null)?.code === LOCK_NOT_AVAILABLE;
}

/**
 * Names the sessions of this database in transactions, the longest first. Only a role with
 * `pg_read_all_stats` sees when those of others began; everybody sees that they are in one, by its lock.
 */
async function nameSessions(sql: postgres.Sql): Promise<string> {
  const sessions = await sql<{ pid: number; name: string; seconds: number | null }[]>`
    select pid, coalesce(nullif(application_name, ''), usename, backend_type) as name,
      extract(epoch from clock_timestamp() - xact_start)::int as seconds
    from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and (xact_start is not null
      or pid in (select locks.pid from pg_locks as locks where locktype = 'virtualxid' and granted))
    order by xact_start nulls last limit 3`;
  const words = sessions.map(({ pid, name, seconds }) =>
    seconds === null ? `${name} (pid ${pid})` : `${name} (pid ${pid}, ${seconds} s)`,
  );
  return words.join(', ') || 'none now';
}

/** The files of all migrations with the checksums that the database keeps of those it has applied. */
export function migrationFiles(): { version: number; file: string; checksum: string }[] {
  return readdirSync(join(ROOT, 'migrations'))
    .filter((name) => /^\d+\.do\..*\.sql$/.test(name))
    .toSorted()
    .map((name) => ({
      version: Number.parseInt(name, 10),
      file: join('migrations', name),
      checksum: createHash('md5')
        .update(readFileSync(join(ROOT, 'migrations', name)))
        .digest('hex'),
    }));
}
