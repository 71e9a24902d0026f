import { DeadlineError, pause, withDeadline } from '../../../platform/kernel/lifecycle.ts';
import { createSharedLookup } from '../../../platform/resilience/shared-lookup.ts';
import type { Database } from '../../../platform/data/sql.ts';

/** Runs a read of customers on the replica or the database; unknown customers are missing. */
export type ReadFacts = <T>(userIds: string[], read: Read<T>) => Promise<ReadonlyMap<string, T>>;
type Read<T> = (database: Database, userIds: string[]) => Promise<ReadonlyMap<string, T>>;

/** A replica that takes longer to respond, or to catch up, is bypassed for `BYPASS_MS`. */
const REPLICA_MS = 500;
const CATCH_UP_MS = 100;
const CATCH_UP_POLL_MS = 10;
const BYPASS_MS = 1000;

/**
 * Reads the facts of analyses from the replica, once it has replayed everything that the database had written
 * when the requests came. Without a replica, while it is down or behind, and for customers missing on it,
 * reads from the database itself.
 */
export function createReadFacts(deps: { database: Database; replica: Database | null }): ReadFacts {
  const { database, replica } = deps;
  let bypassedUntil = 0;
  const writtenPosition = createSharedLookup(async ([key = '']) => {
    const [row] = await database.query(
      (sql) => sql<{ position: string }[]>`select pg_current_wal_flush_lsn()::text as position`,
    );
    return new Map([[key, row?.position ?? '']]);
  });

  const fromReplica = async <T>(userIds: string[], read: Read<T>): Promise<ReadonlyMap<string, T>> => {
    if (!replica || performance.now() < bypassedUntil) return new Map();
    try {
      const position = (await writtenPosition('database')) ?? '';
      const facts = untilReplayed(replica, position).then(() => read(replica, userIds));
      return await withDeadline(facts, REPLICA_MS, 'the replica did not respond');
    } catch {
      bypassedUntil = performance.now() + BYPASS_MS;
      return new Map();
    }
  };

  return async (userIds, read) => {
    const replicated = await fromReplica(userIds, read);
    const missing = userIds.filter((userId) => !replicated.has(userId));
    if (missing.length === 0) return replicated;
    return new Map([...replicated, ...(await read(database, missing))]);
  };
}

/** Resolves once the replica shows everything up to a position of the write-ahead log. */
async function untilReplayed(replica: Database, position: string): Promise<void> {
  const deadline = performance.now() + CATCH_UP_MS;
  for (;;) {
    // True on a primary, which has nothing to replay.
    const [row] = await replica.query(
      (sql) => sql<{ isCurrent: boolean }[]>`
        select not pg_is_in_recovery() or pg_last_wal_replay_lsn() >= ${position}::pg_lsn as "isCurrent"`,
    );
    if (row?.isCurrent) return;
    if (performance.now() > deadline) throw new DeadlineError('the replica is behind');
    await pause(CATCH_UP_POLL_MS);
  }
}
