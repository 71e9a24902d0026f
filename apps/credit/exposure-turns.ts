import type { Database, Sql } from '../../platform/data/sql.ts';
import { createTurns } from '../../platform/resilience/turns.ts';

/** More than a client has under way; waiting costs no connection. */
const WAITING_MAX = 64;
/** Less than a statement may take: behind a lock that lasts, those that wait are told first. */
const WAIT_MS = 1250;

/** The connections of a database are what the turns keep free, so each has turns of its own. */
const turnsOf = new WeakMap<Database, ReturnType<typeof createTurns>>();

/**
 * Runs a statement that may wait for a customer's exposure, one at a time of each customer: somebody who
 * locks a customer takes one connection from the others, not all. Throws AppError 503 `overloaded` when the
 * turn does not come in time.
 */
export function queryExposure<T>(
  database: Database,
  userId: string,
  statement: (sql: Sql) => PromiseLike<T>,
): Promise<T> {
  const turns =
    turnsOf.get(database) ??
    createTurns(
      { waitingMax: WAITING_MAX, waitMs: WAIT_MS },
      'Too many requests change this customer at once.',
    );
  turnsOf.set(database, turns);
  return turns.run(userId, () => database.query(statement));
}
