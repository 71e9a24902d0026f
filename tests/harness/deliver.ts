import { problem } from '../../platform/kernel/errors.ts';
import { type Database, isRetryable } from '../../platform/data/sql.ts';

const DELIVERED_MS = 30_000;

/**
 * Delivers a batch as a consumer does: again after an error that a retry may mend, as a statement that missed
 * its deadline on a busy machine.
 */
export async function deliver<Result>(work: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + DELIVERED_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isRetryable(error) || Date.now() > deadline) throw error;
    }
  }
}

/** A database that loses every third response: the statement is done, and its caller does not know. */
export function losingResponses(database: Database): Database {
  let statements = 0;
  return {
    ...database,
    async query(statement, deadlineMs) {
      const result = await database.query(statement, deadlineMs);
      statements += 1;
      if (statements % 3 === 0) throw problem('database_unavailable');
      return result;
    },
  };
}
