import type { Policy } from '../policy/build-policy.ts';
import { createBacktest } from './backtest.ts';
import type { BacktestReport } from './backtest-report.ts';
import { isRecord } from './verify-decision.ts';

/** Stored decisions before a place, newest first; from the newest on without one. */
type ReadDecided<Decided extends StoredRecord> = (before: Decided | null, size: number) => Promise<Decided[]>;

interface StoredRecord {
  record: unknown;
  /** Whether the customer had a decision before. */
  isKnown: boolean;
}

/**
 * Decides the newest stored decisions again by a candidate policy, page by page. Ends early, with the report
 * so far, once `isOver` says so between two pages.
 */
export async function runBacktest<Decided extends StoredRecord>(
  candidate: Policy,
  policyOf: (hash: string) => Policy | null,
  scope: {
    last: number;
    pageSize: number;
    readDecided: ReadDecided<Decided>;
    isOver?: () => boolean;
    /** Called after each page with the number of decisions so far. */
    onPage?: (decisions: number) => void;
  },
): Promise<{ report: BacktestReport; isComplete: boolean }> {
  const { pageSize, readDecided, isOver = () => false, onPage } = scope;
  const backtest = createBacktest(candidate, policyOf);
  let remaining = scope.last;
  const pageBefore = (place: Decided | null) => readDecided(place, Math.min(remaining, pageSize));
  let next = pageBefore(null);
  for (;;) {
    const page = await next;
    const end = page.at(-1);
    if (!end) break;
    if (isOver()) return { report: backtest.report(), isComplete: false };
    remaining -= page.length;
    // The next page comes while this one is decided.
    next = remaining > 0 ? pageBefore(end) : Promise.resolve([]);
    next.catch(() => {});
    for (const { record, isKnown } of page) {
      backtest.add({ record: isRecord(record) ? record : null, isKnown });
    }
    onPage?.(scope.last - remaining);
  }
  return { report: backtest.report(), isComplete: true };
}
