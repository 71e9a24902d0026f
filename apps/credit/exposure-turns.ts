import type { Database, Sql } from '../../platform/data/sql.ts';
import { createTurns } from '../../platform/resilience/turns.ts';

/** More requests than a client has under way; a waiting one takes no connection. */
const WAITING_MAX = 64;
/** Less than a statement may take, so that behind a lasting lock the waiting requests fail first. */
const WAIT_MS = 1250;

/** Each database has its own turns, since they keep its connections free. */
const turnsOf = new WeakMap<Database, ReturnType<typeof createTurns>>();

/**
 * Runs a statement that may wait for a customer's exposure, one at a time for each customer, so that a locked
 * customer takes one connection and not all. Throws AppError 503 `overloaded` when the turn does not come in
 * time.
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
