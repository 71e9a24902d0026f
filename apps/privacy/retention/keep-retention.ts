import type { Database } from '../../../platform/data/sql.ts';
import { smallestUuidAt } from '../../../platform/data/uuid-time.ts';
import type { DecidedPlace } from '../../../platform/decisions/decision-reads.ts';
import { type ConfigOf, integer } from '../../../platform/kernel/config.ts';
import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../../platform/kernel/log.ts';
import { startLoop } from '../../../platform/kernel/loop.ts';
import { deleteOldCells } from '../cell-store.ts';
import {
  anonymizeOldDecisions,
  deleteOldEvents,
  deleteOldNotifications,
  deleteOldSums,
  dropOldEvents,
} from './retention-store.ts';

/** Months that data of each purpose is kept; docs/privacy.md. */
export const RETENTION_VARIABLES = {
  /** Raw events: the month of an event must still be known while it can be replayed. */
  RETENTION_EVENTS_MONTHS: integer(13, 2, 1200),
  /** Sums by day; a decision reads those of 30 days. */
  RETENTION_SUMS_MONTHS: integer(25, 2, 1200),
  RETENTION_NOTIFICATIONS_MONTHS: integer(25, 1, 1200),
  /** Identity and emotions in decisions; the rest is kept. */
  RETENTION_DECISIONS_MONTHS: integer(25, 1, 1200),
};

type RetentionReport = Record<string, { months: number; removed: number; ranAt: string | null }>;

const EVERY_MS = 60 * 60 * 1000;
const RETRY_MS = 60 * 1000;
const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

/** Lets data go when its purpose is over, once an hour; returns what the runs of this process removed. */
export function startRetention(deps: {
  database: Database;
  config: ConfigOf<typeof RETENTION_VARIABLES>;
  lifecycle: Lifecycle;
  log: Logger;
}): { report(): RetentionReport } {
  const { database, config, lifecycle, log } = deps;
  const rules = rulesOf(database, config);
  const report: RetentionReport = Object.fromEntries(
    rules.map(({ name, months }) => [name, { months, removed: 0, ranAt: null }]),
  );
  startLoop({
    name: 'retention',
    everyMs: EVERY_MS,
    retryMs: RETRY_MS,
    lifecycle,
    async work() {
      for (const { name, months, run } of rules) {
        const count = await run(lifecycle.signal);
        if (count > 0) log.info({ name, months, count }, 'retention has removed what is old');
        report[name] = {
          months,
          removed: (report[name]?.removed ?? 0) + count,
          ranAt: new Date().toISOString(),
        };
      }
    },
    onFailure: (error) => log.warn(errorFields(error), 'cannot run the retention now'),
  });
  return { report: () => report };
}

interface Rule {
  name: string;
  months: number;
  /** Returns how many rows, or tables, it removed. */
  run(signal: AbortSignal): Promise<number>;
}

/** The rules of retention, each to its end. */
export function rulesOf(database: Database, config: ConfigOf<typeof RETENTION_VARIABLES>): Rule[] {
  const sums = config.RETENTION_SUMS_MONTHS;
  const notifications = config.RETENTION_NOTIFICATIONS_MONTHS;
  const decisions = config.RETENTION_DECISIONS_MONTHS;
  const sumsOf = (table: Parameters<typeof deleteOldSums>[1]): Rule => ({
    name: table,
    months: sums,
    run: (signal) => page<string>(signal, (after) => deleteOldSums(database, table, sums, after)),
  });
  return [
    {
      name: 'events',
      months: config.RETENTION_EVENTS_MONTHS,
      async run(signal) {
        const months = config.RETENTION_EVENTS_MONTHS;
        let count = await dropOldEvents(database, months);
        for (const table of ['emotional_events', 'transactions'] as const) {
          count += await repeat(signal, () => deleteOldEvents(database, table, months));
        }
        return count;
      },
    },
    sumsOf('emotional_daily_sums'),
    sumsOf('transaction_daily_sums'),
    {
      name: 'rollups',
      months: sums,
      run: (signal) => repeat(signal, () => deleteOldCells(database, sums, config.RETENTION_EVENTS_MONTHS)),
    },
    {
      name: 'notifications',
      months: notifications,
      run(signal) {
        // A month shorter than any month is no harm: the statement compares their times as well.
        const before = smallestUuidAt(Date.now() - (notifications - 1) * MONTH_MS);
        return repeat(signal, () => deleteOldNotifications(database, notifications, before));
      },
    },
    {
      name: 'decisions',
      months: decisions,
      run: (signal) =>
        page<DecidedPlace>(signal, (after) => anonymizeOldDecisions(database, decisions, after)),
    },
  ];
}

/** Goes on until nothing is left. */
async function repeat(signal: AbortSignal, step: () => Promise<number>): Promise<number> {
  let total = 0;
  for (let count = 1; count > 0 && !signal.aborted; total += count) count = await step();
  return total;
}

/** Goes on from place to place until there is no more. */
async function page<Place>(
  signal: AbortSignal,
  step: (after: Place | null) => Promise<{ last: Place | null; count: number }>,
): Promise<number> {
  let total = 0;
  for (let after: Place | null = null; !signal.aborted; ) {
    const { last, count } = await step(after);
    total += count;
    if (last === null) break;
    after = last;
  }
  return total;
}
