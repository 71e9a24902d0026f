import type { BacktestReport, Distribution } from '../../underwriting/decision/backtest-report.ts';
import { print, printTable } from '../ui/output.ts';

/** Prints a backtest as tables: coverage first, since the rest is about what could be decided again. */
export function showBacktest(report: BacktestReport): void {
  for (const line of summaryOf(report)) print(line);
  print('');
  printTable([
    { offers: 'number', ...report.approved, change: report.approved.after - report.approved.before },
    ...distributionRows('limit', report.credit_limit, ['p10', 'p50', 'p90', 'sum']),
    ...distributionRows('rate, %', report.interest_rate, ['p10', 'p50', 'p90']),
    { offers: 'exposure', ...report.exposure, change: report.exposure.after - report.exposure.before },
  ]);
  print('');
  printTable(
    report.cohorts.map(({ by, value, decisions, approved, to_approved, to_denied }) => ({
      cohort: `${by} ${value}`,
      decisions,
      before: approved.before,
      after: approved.after,
      to_approved,
      to_denied,
    })),
    ['cohort', 'decisions', 'before', 'after', 'to_approved', 'to_denied'],
  );
  print('');
  printTable(
    Object.entries(report.reasons).map(([reason, counts]) => ({ reason, ...counts })),
    ['reason', 'before', 'after'],
  );
}

/** Returns the lines that say coverage and flips. */
export function summaryOf(report: BacktestReport): string[] {
  const { decisions, replayed, not_replayed, differences, flips } = report;
  const share = decisions === 0 ? 0 : (100 * replayed) / decisions;
  return [
    `${report.policy}: ${replayed} of ${decisions} stored decisions made again (${share.toFixed(1)} %)`,
    ...linesOfGaps(not_replayed).map((line) => `  ${line}`),
    `${flips.to_approved} denials become approvals, ${flips.to_denied} approvals become denials, ` +
      `${differences} differ in any way`,
  ];
}

/** Returns a line for each reason why decisions could not be decided again. */
export function linesOfGaps(notReplayed: BacktestReport['not_replayed']): string[] {
  return Object.entries(GAPS).flatMap(([gap, text]) => {
    const count = notReplayed[gap as keyof typeof GAPS];
    return count > 0 ? [`${count} not: ${text}`] : [];
  });
}

export const GAPS: Record<keyof BacktestReport['not_replayed'], string> = {
  no_record: 'decided before records were kept',
  overridden: 'decided by an operator in place of a denial',
  unknown_policy: 'decided by a policy that is not stored',
  emotions_not_read: 'emotions would count that were not read',
  other_sources: 'facts of other sources would count: the model was never asked about those alone',
};

function distributionRows(
  name: string,
  sides: { before: Distribution; after: Distribution },
  keys: ('p10' | 'p50' | 'p90' | 'sum')[],
) {
  return keys.map((key) => {
    const [before, after] = [sides.before[key], sides.after[key]];
    return { offers: `${name} ${key}`, before, after, change: (after ?? 0) - (before ?? 0) };
  });
}
