import { groupsOf, type SummaryData, valuesOf } from './summary-data.ts';

/** The reports that scripts import under the name `k6-summary`. */
interface TextOptions {
  indent?: string;
  enableColors?: boolean;
}

/** The summary as text: groups with their checks, then the metrics. */
export function textSummary(
  data: SummaryData,
  { indent = ' ', enableColors = false }: TextOptions = {},
): string {
  const paint = (code: number, text: string) => (enableColors ? `\u001b[${code}m${text}\u001b[0m` : text);
  const mark = (isGood: boolean) => (isGood ? paint(32, '✓') : paint(31, '✗'));
  const checkLines = groupsOf(data.root_group).flatMap(({ group, depth }) => {
    const margin = indent + '  '.repeat(depth);
    return [
      ...(depth === 0 ? [] : [`${margin}█ ${group.name}`, '']),
      ...group.checks.flatMap(({ name, passes, fails }) => [
        `${margin}  ${mark(fails === 0)} ${name}`,
        ...(fails === 0 ? [] : [`${margin}   ↳  ${shareText(passes, fails)} — ✓ ${passes} / ✗ ${fails}`]),
      ]),
      ...(group.checks.length === 0 ? [] : ['']),
    ];
  });
  const metrics = Object.entries(data.metrics).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const nameOf = (name: string) => name.replace(/^[^{]*\{(.*)\}$/s, '  { $1 }');
  const width = Math.max(0, ...metrics.map(([name]) => nameOf(name).length)) + 3;
  const metricLines = metrics.map(([name, metric]) => {
    const states = Object.values(metric.thresholds ?? {});
    const state = states.length === 0 ? ' ' : mark(states.every(({ ok }) => ok));
    const values = valuesOf(metric, data.options?.summaryTimeUnit).join(' ');
    return `${indent}${state} ${nameOf(name).padEnd(width, '.')}: ${values}`;
  });
  return [...checkLines, ...metricLines].join('\n');
}

const shareText = (passes: number, fails: number) => `${Math.floor((passes / (passes + fails)) * 100)}%`;

/** Thresholds as the test cases of JUnit. */
export function jUnit(data: SummaryData, { name = 'k6 thresholds' }: { name?: string } = {}): string {
  const cases = Object.entries(data.metrics).flatMap(([metric, { thresholds = {} }]) =>
    Object.entries(thresholds).map(([source, { ok }]) => ({ name: `${metric} - ${source}`, ok })),
  );
  const failures = cases.filter(({ ok }) => !ok).length;
  const lines = cases.map(({ name: title, ok }) => {
    const open = `<testcase name="${escapeXml(title)}"`;
    return ok ? `${open} />` : `${open}><failure message="failed" /></testcase>`;
  });
  const counts = `tests="${cases.length}" failures="${failures}"`;
  return [
    '<?xml version="1.0"?>',
    `<testsuites ${counts}>`,
    `<testsuite name="${escapeXml(name)}" ${counts}>`,
    ...lines,
    '</testsuite>',
    '</testsuites>',
  ].join('\n');
}

const escapeXml = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
