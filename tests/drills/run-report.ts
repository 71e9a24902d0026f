import type { RunReport } from '../../sdk/contracts/operator-reports.ts';
import type { DrillReport } from './drill.ts';

/** Returns the report of a drill in the form that the console lists and compares. */
export function toRunReport(report: DrillReport): RunReport {
  const {
    drill,
    startedAt,
    seconds,
    violations,
    tooSlow,
    own: drillFigures,
    refused: _,
    ...findings
  } = report;
  const figures = Object.entries({ ...findings, ...drillFigures }).flatMap(([name, value]) =>
    typeof value === 'number' && Number.isFinite(value)
      ? [{ name, unit: name.endsWith('Ms') ? 'ms' : '', value }]
      : [],
  );
  const faults = [...violations, ...tooSlow].map((text) => text.slice(0, 500));
  return {
    kind: 'drill',
    name: drill,
    finished_at: new Date(Date.parse(startedAt) + seconds * 1000).toISOString(),
    seconds,
    passed: faults.length === 0,
    faults,
    figures,
  };
}
