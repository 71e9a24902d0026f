import { withDeadline } from '../../platform/lifecycle.ts';
import type { Database } from '../../platform/sql.ts';
import { type Facts, selectFacts } from './store.ts';

export type ReadFacts = (userId: string, cooldownSeconds: number) => Promise<Facts | null>;

/** A replica that does not answer in this time is left alone for a while. */
const REPLICA_MS = 500;
const BYPASS_MS = 1000;

/**
 * The facts of an analysis: from the replica where there is one, else, or while it is away, from the database
 * itself. A replica may lag: whom it does not know yet is looked for in the database, and an analysis that it
 * has not heard of is found there by the statement that records the next one.
 */
export function createReadFacts(deps: { database: Database; replica: Database | null }): ReadFacts {
  const { database, replica } = deps;
  let bypassedUntil = 0;

  const fromReplica = async (userId: string, cooldownSeconds: number): Promise<Facts | null> => {
    if (!replica || performance.now() < bypassedUntil) return null;
    try {
      const facts = selectFacts(replica, userId, cooldownSeconds);
      return await withDeadline(facts, REPLICA_MS, 'the replica did not answer');
    } catch {
      bypassedUntil = performance.now() + BYPASS_MS;
      return null;
    }
  };

  return async (userId, cooldownSeconds) =>
    (await fromReplica(userId, cooldownSeconds)) ?? (await selectFacts(database, userId, cooldownSeconds));
}
