import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RunReport } from '../../../sdk/contracts/operator-reports.ts';
import type { MetricSummary } from '../metrics/summary.ts';
import type { Report } from './report-data.ts';
import { cannotWrite, writeText } from './write-files.ts';

const SUCCESS = 0;

/** Returns the report of a run in the form that the console lists and compares. */
export function toRunReport(report: Report): RunReport {
  const { file, finishedAt, exitCode, state, metrics } = report;
  const named = Object.entries(metrics);
  return {
    kind: 'load',
    name: file === '-' ? 'standard input' : basename(file).replace(/\.[jt]s$/, ''),
    finished_at: finishedAt,
    seconds: state.testRunDurationMs / 1000,
    passed: exitCode === SUCCESS,
    faults: named.flatMap(([name, { thresholds = {} }]) =>
      Object.entries(thresholds).flatMap(([threshold, { ok }]) => (ok ? [] : [`${name}: ${threshold}`])),
    ),
    figures: named.flatMap(([name, metric]) => figuresOf(name, metric)),
  };
}

/** Writes a report into the folder, as a file that is whole or not there. */
export function keepRunReport(folder: string, report: RunReport): void {
  const time = report.finished_at.replaceAll(/[:.]/g, '-');
  const name = `${report.kind}-${report.name}`.replaceAll(/[^\w-]+/g, '-');
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw cannotWrite('--reports', folder, error);
  }
  writeText('--reports', join(folder, `${time}-${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
}

/** The statistics that two runs are compared by, of those that a metric has. */
const STATISTICS: Record<MetricSummary['type'], string[]> = {
  trend: ['med', 'p(95)', 'p(99)'],
  counter: ['count', 'rate'],
  rate: ['rate'],
  gauge: ['max'],
};

function figuresOf(name: string, { type, contains, values }: MetricSummary): RunReport['figures'] {
  return STATISTICS[type].flatMap((statistic) => {
    const value = values[statistic];
    if (value === undefined || !Number.isFinite(value)) return [];
    return [{ name: `${name} ${statistic}`, unit: unitOf(type, contains, statistic), value }];
  });
}

function unitOf(type: MetricSummary['type'], contains: string, statistic: string): string {
  if (type === 'rate') return 'share';
  const unit = contains === 'time' ? 'ms' : contains === 'data' ? 'bytes' : '';
  return type === 'counter' && statistic === 'rate' ? `${unit}/s` : unit;
}
