import type { Database } from '../../platform/data/sql.ts';
import type { Lifecycle } from '../../platform/kernel/lifecycle.ts';
import { errorFields, type Logger } from '../../platform/kernel/log.ts';
import { startLoop } from '../../platform/kernel/loop.ts';

const EVERY_MS = 10 * 60 * 1000;
const RETRY_MS = 60 * 1000;
/** Of each rollup; a statement takes some tenths of a second, and late events of these cells wait for it. */
const ROWS_PER_STATEMENT = 500;

/**
 * Makes one row of each cell of a finished hour or day, of up to four rows by concurrent statements. Figures
 * are the same before, meanwhile and afterwards; they are read more quickly.
 */
export function startMerging(deps: { database: Database; lifecycle: Lifecycle; log: Logger }): void {
  const { database, lifecycle, log } = deps;
  startLoop({
    name: 'merging of cells',
    everyMs: EVERY_MS,
    retryMs: RETRY_MS,
    lifecycle,
    async work() {
      while (!lifecycle.signal.aborted && (await mergeCells(database)) > 0);
    },
    onFailure: (error) => log.warn(errorFields(error), 'cannot merge cells of rollups now'),
  });
}

/** Returns how many rows it merged; zero at the end. */
export async function mergeCells(database: Database, rows = ROWS_PER_STATEMENT): Promise<number> {
  const [row] = await database.query(
    (sql) => sql<{ merged: number }[]>`select merge_rollup_cells(${rows}::int) as merged`,
  );
  return row?.merged ?? 0;
}
