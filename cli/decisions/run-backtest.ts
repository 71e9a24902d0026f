import type { Sql } from '../../platform/data/sql.ts';
import { type DecidedRecord, selectDecided } from '../../platform/decisions/decision-reads.ts';
import type { BacktestReport } from '../../underwriting/decision/backtest-report.ts';
import { runBacktest as decideAgain } from '../../underwriting/decision/run-backtest.ts';
import type { Policy } from '../../underwriting/policy/build-policy.ts';
import { readPolicies } from './stored-policies.ts';

const PAGE_SIZE = 1000;

/** Decides the newest stored decisions again by a candidate policy, page by page. Reads only. */
export async function runBacktest(
  sql: Sql,
  candidate: Policy,
  { last, since }: { last: number; since: Date | null },
): Promise<BacktestReport> {
  const { report } = await decideAgain(candidate, await readPolicies(sql), {
    last,
    pageSize: PAGE_SIZE,
    readDecided: (before: DecidedRecord | null, size) => selectDecided(sql, { before, since, size }),
  });
  return report;
}
