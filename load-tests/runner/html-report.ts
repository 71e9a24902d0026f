import type { Verdict } from './compare.ts';
import type { Report } from './report.ts';

export function htmlReport(report: Report, comparison: Verdict[] | null): string {
  return JSON.stringify({ report, comparison });
}
