import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import { startLoop } from '../../../platform/kernel/loop.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { Metrics } from '../../../platform/kernel/metrics.ts';
import { countUnlinked, linkDecisions } from './chain-store.ts';

const EVERY_MS = 1000;
const DECISIONS_PER_STATEMENT = 200;
const UNIQUE_VIOLATION = '23505';

/**
 * Links recorded decisions into the hash chain, off the hot path: a decision that is changed or deleted
 * afterwards, even with all rights on the database, no longer fits its link.
 */
export function startChain(deps: {
  database: Database;
  log: Logger;
  metrics: Metrics;
  lifecycle: Lifecycle;
  everyMs?: number;
}): void {
  const { database, log, metrics, lifecycle, everyMs = EVERY_MS } = deps;
  metrics.beforeScrape(async () => metrics.decisionsUnlinked.set(await countUnlinked(database)));
  startLoop({
    name: 'chain of decisions',
    everyMs,
    lifecycle,
    async work() {
      while ((await linkGroup(database)) === DECISIONS_PER_STATEMENT && !lifecycle.signal.aborted);
    },
    onFailure: (error) => log.warn(errorFields(error), 'cannot link decisions'),
  });
}

/** Links a group; none when another replica links at the same time. */
async function linkGroup(database: Database): Promise<number> {
  try {
    return await linkDecisions(database, DECISIONS_PER_STATEMENT);
  } catch (error) {
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return 0;
    throw error;
  }
}
