import postgres from 'postgres';
import { connectPostgres, rejectsParameters } from './connect-postgres.ts';
import { AppError, DegradedError, problem } from '../kernel/errors.ts';
import { type Hold, NO_HOLD } from '../kernel/hold.ts';
import { DeadlineError, withDeadline } from '../kernel/lifecycle.ts';
import type { Logger } from '../kernel/log.ts';
import { requireSchema } from './schema-version.ts';

export type Sql = postgres.Sql;

/**
 * PostgreSQL behind a deadline.
 *
 * One statement per state change: interactive transactions of the driver are unsafe when a backend dies, so
 * there is no way here to begin one. The driver has no deadline of its own either: a frozen server would hang
 * its queries for ever, so a missed deadline drops the whole pool and opens a new one.
 */
export interface Database {
  /** Runs one statement. Throws AppError `database_unavailable` when PostgreSQL cannot be reached. */
  query<T>(statement: (sql: Sql) => PromiseLike<T>, deadlineMs?: number): Promise<T>;
  /** Calls back on each NOTIFY of the channel until closed; re-subscribes by itself. */
  listen(channel: string, onNotify: () => void): Promise<void>;
  /** Throws while there are no tables, or older ones, and DegradedError while there are reads alone. */
  ping(): Promise<void>;
  /** Resolves at the end of the hold, or when the process drains. */
  prepared: Promise<void>;
  close(): Promise<void>;
}

const QUERY_DEADLINE_MS = 2000;
const STATEMENT_TIMEOUT_MS = 1500;
/**
 * Each of our statements finds its rows by an index. A plan made while a table was small would read the whole
 * of it, and goes on doing so when it is large. Nor is any statement long enough to be worth compiling.
 */
const PLANNER = { enable_seqscan: 'off', jit: 'off' };

/**
 * Without it PostgreSQL plans a statement anew for each array of fewer elements than the ten that it expects
 * of an array: the plan of an analysis' facts takes nearly as long as reading them.
 */
const PLANS_ONCE = { plan_cache_mode: 'force_generic_plan' };

/**
 * Without it PostgreSQL expects few rows of any customer, and sorts all that there are for each page of them:
 * 80 ms for 500 of 50,000, and 6 by the index that has their order.
 */
const PAGES_BY_INDEX = { enable_sort: 'off', enable_bitmapscan: 'off' };

/** The planning that statements of a service want, beyond that of all. */
export interface Planning {
  /** Whether a connection plans each statement once: for statements whose best plan no parameter changes. */
  plansOnce?: boolean;
  /** Whether rows come from the index that has their order, wherever there is one: for pages of many rows. */
  pagesByIndex?: boolean;
}

/**
 * The settings that a session asks for as it begins. A pooler that shares sessions has to ignore each of them
 * (deploy/patroni/pgbouncer.sh), and the role to have it instead (deploy/postgres/roles.sh).
 */
export const sessionSettings = ({ plansOnce, pagesByIndex }: Planning) => ({
  statement_timeout: STATEMENT_TIMEOUT_MS,
  ...PLANNER,
  ...(plansOnce ? PLANS_ONCE : {}),
  ...(pagesByIndex ? PAGES_BY_INDEX : {}),
});

/** Without them a statement may outlive its caller, and plans may be worse; nothing else depends on them. */
const poolerAdvice = (settings: object) =>
  'the pooler rejects the parameters of a session (give them to the role: alter role ... set ' +
  Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ') +
  '; and DATABASE_SESSION_URL for LISTEN)';

interface DatabaseOptions extends Planning {
  url: string;
  /** For LISTEN, where `url` is a pooler that shares sessions by transaction. */
  sessionUrl?: string | null;
  name: string;
  poolSize: number;
  log: Logger;
  /** Statements wait for its end. */
  hold?: Hold;
}

export function openDatabase(options: DatabaseOptions): Database {
  const settings = sessionSettings(options);
  const { hold = NO_HOLD } = options;
  let isPooler = false;
  /** The pool with sessions that a pooler rejected. */
  let rejectedPool: Sql | undefined;
  const connect = (size = options.poolSize, url = options.url) =>
    connectPostgres(
      url,
      {
        max: size,
        name: options.name,
        connectSeconds: 2,
        parameters: settings,
        idleSeconds: 60,
        backoff: () => 0.2,
      },
      isPooler,
    );
  let pool = connect();
  let listener: Sql | undefined;
  let closed = false;

  /** Many statements fail on one pool; the first of them replaces it. */
  const swap = (failed: Sql, reason: string): void => {
    if (failed !== pool || closed) return;
    pool = connect();
    options.log.warn({ database: options.name }, `${reason}: the pool is replaced`);
    void failed.end({ timeout: 0 }).catch(() => {});
  };

  const query = async <T>(
    statement: (sql: Sql) => PromiseLike<T>,
    deadlineMs = QUERY_DEADLINE_MS,
  ): Promise<T> => {
    if (!hold.isOver()) await hold.over;
    const used = pool;
    try {
      return await withDeadline(
        Promise.resolve(statement(used)),
        deadlineMs,
        'a statement missed its deadline',
      );
    } catch (error) {
      if (error instanceof DeadlineError) swap(used, 'a statement missed its deadline');
      if (isReadOnly(error)) swap(used, 'the server takes no writes any more');
      if (rejectsParameters(error) && !isPooler) {
        isPooler = true;
        rejectedPool = used;
        swap(used, poolerAdvice(settings));
      }
      // No statement of a rejected pool has reached the database: it can be sent once more.
      if (used === rejectedPool) return query(statement, deadlineMs);
      if (isTransient(error)) throw problem('database_unavailable', { cause: error });
      throw error;
    }
  };

  return {
    query,
    async listen(channel, onNotify) {
      await hold.over;
      listener ??= connect(1, options.sessionUrl ?? options.url);
      await listener.listen(channel, onNotify, onNotify);
    },
    async ping() {
      if (!hold.isOver()) throw new Error('held until it is prepared');
      const used = pool;
      const [row] = await query(
        (sql) => sql<{ is_empty: boolean; is_read_only: boolean }[]>`
          select to_regclass('outbox') is null as is_empty,
            current_setting('transaction_read_only') = 'on' as is_read_only`,
        1000,
      );
      if (row?.is_empty) throw new Error('the database has no tables: ecs migrate');
      await requireSchema((statement) => query(statement, 1000));
      if (!row?.is_read_only) return;
      swap(used, 'the server takes no writes');
      throw new DegradedError('degraded: takes no writes');
    },
    prepared: hold.over,
    async close() {
      closed = true;
      await Promise.all([pool.end({ timeout: 1 }), listener?.end({ timeout: 0 })]);
    },
  };
}

/** Whether to wait and try again rather than to search for a bad event. */
export function isRetryable(error: unknown): boolean {
  return error instanceof AppError ? error.retryable : !isDataError(error);
}

/** Whether the statement came to its end too late: one of fewer rows may end in time. */
export function isTooLate(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return cause instanceof DeadlineError || (cause as { code?: unknown } | null)?.code === '57014';
}

/** A connection that was kept open, by a pooler or through a frozen server, may be to a standby by now. */
const isReadOnly = (error: unknown) => (error as { code?: unknown } | null)?.code === '25006';

/**
 * Connection class, serialization and deadlock, shutdown, too many connections, statement timeout, read-only;
 * and a session that the server refuses to begin: while a password is being changed, or a database restored.
 */
const TRANSIENT_STATES = /^(08...|40001|40P01|57P0[1-5]|57014|53...|25006|55P03|28...|3D000)$/;
const TRANSIENT_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'NO_HOST',
]);

/** Of the kernel or its resolver: a server that refuses, a network or a socket that is not there. */
const SYSTEM_CODES = /^E[A-Z]+$|^EAI_/;

/** A certificate that is not trusted or has run out says nothing about the data. */
const TLS_CODES = /CERT|_(TLS|SSL)_|^UNABLE_TO_|HOSTNAME_MISMATCH/;

/**
 * Whether the statement may succeed later, unchanged: the fault is PostgreSQL's or the network's, not the
 * data's.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof DeadlineError) return true;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return false;
  if (TRANSIENT_CODES.has(code)) return true;
  return [TRANSIENT_STATES, TLS_CODES, SYSTEM_CODES].some((pattern) => pattern.test(code));
}

/**
 * Whether the data is at fault: a value out of range, a constraint. Not so a statement that does not fit the
 * schema (a migration is missing, a bug): to dead-letter events for that would dead-letter all.
 */
export function isDataError(error: unknown): boolean {
  if (!(error instanceof postgres.PostgresError)) return !isTransient(error);
  return /^2[23]/.test(error.code);
}
