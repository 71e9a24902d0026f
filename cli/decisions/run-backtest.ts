import type { Sql } from '../../platform/data/sql.ts';
import { createBacktest } from '../../underwriting/decision/backtest.ts';
import type { BacktestReport } from '../../underwriting/decision/backtest-report.ts';
import { isRecord } from '../../underwriting/decision/verify-decision.ts';
import type { Policy } from '../../underwriting/policy/build-policy.ts';
import { type DecidedPlace, selectDecided } from './decision-store.ts';
import { readPolicies } from './stored-policies.ts';

const PAGE_SIZE = 1000;

/** Decides the newest stored decisions again by a candidate policy, page by page. Reads only. */
export async function runBacktest(
  sql: Sql,
  candidate: Policy,
  scope: { last: number; since: Date | null },
): Promise<BacktestReport> {
  const backtest = createBacktest(candidate, await readPolicies(sql));
  let remaining = scope.last;
  const pageBefore = (place: DecidedPlace | null) =>
    selectDecided(sql, { before: place, since: scope.since, size: Math.min(remaining, PAGE_SIZE) });
  let next = pageBefore(null);
  for (;;) {
    const page = await next;
    const end = page.at(-1);
    if (!end) break;
    remaining -= page.length;
    // The next page comes while this one is decided.
    next = remaining > 0 ? pageBefore(end) : Promise.resolve([]);
    next.catch(() => {});
    for (const { record, isKnown } of page) {
      backtest.add({ record: isRecord(record) ? record : null, isKnown });
    }
  }
  return backtest.report();
}
