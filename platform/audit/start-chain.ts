import type { Gauge } from 'prom-client';
import type { Database } from '../data/sql.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { errorFields, type Logger } from '../kernel/log.ts';
import { startLoop } from '../kernel/loop.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { type Chain, countUnlinked, linkRows } from './link-rows.ts';

const EVERY_MS = 1000;
const ROWS_PER_STATEMENT = 200;
const UNIQUE_VIOLATION = '23505';

/**
 * Links rows into a hash chain, off the hot path: a row that is changed or deleted afterwards, even with all
 * rights on the database, no longer fits its link.
 */
export function startChain(
  chain: Chain,
  deps: {
    database: Database;
    log: Logger;
    metrics: Metrics;
    /** Rows that wait. */
    gauge: Gauge;
    lifecycle: Lifecycle;
    everyMs?: number;
  },
): void {
  const { database, log, metrics, gauge, lifecycle, everyMs = EVERY_MS } = deps;
  metrics.beforeScrape(async () => gauge.set(await countUnlinked(database, chain)));
  startLoop({
    name: `chain of ${chain.name}`,
    everyMs,
    lifecycle,
    async work() {
      while ((await linkGroup(database, chain)) === ROWS_PER_STATEMENT && !lifecycle.signal.aborted);
    },
    onFailure: (error) => log.warn(errorFields(error), `cannot link ${chain.name}`),
  });
}

/** Links a group; none when another replica links at the same time. */
async function linkGroup(database: Database, chain: Chain): Promise<number> {
  try {
    return await linkRows(database, chain, ROWS_PER_STATEMENT);
  } catch (error) {
    if ((error as { code?: unknown }).code === UNIQUE_VIOLATION) return 0;
    throw error;
  }
}
