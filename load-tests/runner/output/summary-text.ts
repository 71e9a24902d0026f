import { sectionOf } from '../protocol/metrics.ts';
import { formatValue } from './format-value.ts';
import type { CheckCount } from '../metrics/group-tree.ts';
import type { MetricStore } from '../metrics/metric-store.ts';
import type { MetricSummary, SummaryData } from '../metrics/summary.ts';

export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  value(text: string): string;
  faint(text: string): string;
  bold(text: string): string;
}

const unpainted = (text: string) => text;
export const PLAIN: Paint = {
  good: unpainted,
  bad: unpainted,
  value: unpainted,
  faint: unpainted,
  bold: unpainted,
};

type Named = [name: string, metric: MetricSummary];

/** Kept, but not shown: the phases of a request, and the groups' time. */
const HIDDEN = /^(http_req_(blocked|connecting|tls_handshaking|sending|waiting|receiving)|group_duration)$/;
const SECTIONS = ['custom', 'http', 'execution', 'network', 'websocket', 'events'] as const;
const INDENT = '    ';

/** Returns the summary of a test in k6's layout: thresholds, checks, metrics by section. */
export function summaryText(
  data: SummaryData,
  store: Pick<MetricStore, 'checks' | 'metrics'>,
  paint = PLAIN,
): string {
  const lines: string[] = [];
  const title = (text: string) => lines.push('', `  █ ${paint.bold(text)} `, '');
  const metrics = Object.entries(data.metrics).toSorted(([a], [b]) => compareNames(a, b));
  if (metrics.some(([, { thresholds }]) => thresholds)) {
    title('THRESHOLDS');
    lines.push(...thresholdLines(metrics, { data, store, paint }));
  }
  title('TOTAL RESULTS');
  if (store.checks.length > 0) lines.push(...checkLines(store.checks, data, paint), '');
  const shown = metrics.filter(([name, metric]) => {
    const parent = name.split('{', 1)[0] ?? '';
    return sectionOf(parent) !== 'checks' && !HIDDEN.test(name) && metric !== undefined;
  });
  const render = columns(shown, data, paint);
  for (const section of SECTIONS) {
    const metricsOfSection = shown.filter(([name]) => sectionOf(name.split('{', 1)[0] ?? '') === section);
    if (metricsOfSection.length > 0)
      lines.push(`${INDENT}${paint.bold(section.toUpperCase())}`, ...metricsOfSection.map(render), '');
  }
  return `${lines.join('\n')}\n\n`;
}

/** Sorts metrics before their sub-metrics. */
function compareNames(a: string, b: string): number {
  const [parentA = ''] = a.split('{', 1);
  const [parentB = ''] = b.split('{', 1);
  return parentA.localeCompare(parentB) || a.slice(parentA.length).localeCompare(b.slice(parentB.length));
}

interface Context {
  data: SummaryData;
  store: Pick<MetricStore, 'metrics'>;
  paint: Paint;
}

function thresholdLines(metrics: Named[], { data, store, paint }: Context): string[] {
  const withThresholds = metrics.filter(([, { thresholds }]) => thresholds);
  const { testRunDurationMs } = data.state;
  return withThresholds.flatMap(([name, metric]) => {
    const parent = name.split('{', 1)[0] ?? '';
    const isSubMetric = name !== parent && withThresholds.some(([candidate]) => candidate === parent);
    const indent = isSubMetric ? `${INDENT}  ` : INDENT;
    const stored = store.metrics.get(name);
    const results = (stored?.thresholds ?? []).map(({ threshold, ok }) => {
      const { aggregation, source } = threshold;
      const actual = stored?.sink.get(aggregation, testRunDurationMs) ?? 0;
      const isRate = metric.type === 'counter' && aggregation === 'rate';
      const value = formatValue(actual, metric, data.options.summaryTimeUnit) + (isRate ? '/s' : '');
      const mark = ok ? paint.good('✓') : paint.bad('✗');
      return `${indent}${mark} '${source.trim()}' ${aggregation}=${paint.value(value)}`;
    });
    return [`${indent}${isSubMetric ? name.slice(parent.length) : name}`, ...results, ''];
  });
}

function checkLines(checks: CheckCount[], data: SummaryData, paint: Paint): string[] {
  const passes = checks.reduce((sum, check) => sum + check.passes, 0);
  const fails = checks.reduce((sum, check) => sum + check.fails, 0);
  const total = passes + fails;
  const seconds = data.state.testRunDurationMs / 1000;
  const rateOf = (count: number): MetricSummary => ({
    type: 'rate',
    contains: 'default',
    values: { rate: total === 0 ? 0 : count / total, passes: count, fails: total - count },
  });
  const count = { count: total, rate: seconds > 0 ? total / seconds : 0 };
  const totals: Named[] = [
    ['checks_total', { type: 'counter', contains: 'default', values: count }],
    ['checks_succeeded', rateOf(passes)],
    ['checks_failed', rateOf(fails)],
  ];
  const render = columns(totals, data, paint);
  const checkLines = checks.flatMap(({ name, passes, fails }) => {
    if (fails === 0) return [INDENT + paint.good(`✓ ${name}`)];
    const share = Math.floor((100 * passes) / (passes + fails));
    return [
      INDENT + paint.bad(`✗ ${name}`),
      `${INDENT}  ${paint.bad(`↳  ${share}% — ✓ ${passes} / ✗ ${fails}`)}`,
    ];
  });
  return [...totals.map(render), '', ...checkLines];
}

/** Renders a line of a table with columns that fit all of its metrics. */
function columns(metrics: Named[], { options }: SummaryData, paint: Paint): (named: Named) => string {
  const { summaryTrendStats: stats, summaryTimeUnit: unit } = options;
  const cells = new Map(metrics.map(([name, metric]) => [name, cellsOf(metric, stats, unit)]));
  const nameWidth = Math.max(0, ...metrics.map(([name]) => displayName(name).length));
  const widths = (isTrend: boolean): number[] => {
    const rows = metrics
      .filter(([, { type }]) => (type === 'trend') === isTrend)
      .map(([name]) => cells.get(name) ?? []);
    const count = Math.max(0, ...rows.map((row) => row.length));
    return Array.from({ length: count }, (_, index) => {
      return Math.max(0, ...rows.map((row) => row[index]?.length ?? 0));
    });
  };
  const trendWidths = widths(true);
  const otherWidths = widths(false);
  return ([name, { type }]) => {
    const shown = displayName(name);
    const dots = paint.faint(`${'.'.repeat(nameWidth - shown.length + 3)}:`);
    const cellsOfMetric = cells.get(name) ?? [];
    const pad = (cell: string, index: number) => {
      const width = (type === 'trend' ? trendWidths : otherWidths)[index] ?? 0;
      return paint.value(cell) + ' '.repeat(Math.max(0, width - cell.length));
    };
    const isEnd = type !== 'trend' && cellsOfMetric.length === 2;
    const padded = cellsOfMetric.map((cell, index) =>
      isEnd && index === 1 ? paint.faint(cell) : pad(cell, index),
    );
    const labeled = type === 'trend' ? padded.map((cell, index) => `${stats[index]}=${cell}`) : padded;
    return `${INDENT}${shown}${dots} ${labeled.join(' ')}`;
  };
}

function displayName(name: string): string {
  const at = name.indexOf('{');
  return at === -1 ? name : `  { ${name.slice(at + 1, -1)} }`;
}

function cellsOf(metric: MetricSummary, stats: string[], unit: string): string[] {
  const { values } = metric;
  const text = (value: number | undefined) => formatValue(value ?? 0, metric, unit);
  switch (metric.type) {
    case 'trend':
      return stats.map((stat) => (stat === 'count' ? String(values.count ?? 0) : text(values[stat])));
    case 'counter':
      return [text(values.count), `${text(values.rate)}/s`];
    case 'gauge':
      return [text(values.value), `min=${text(values.min)}`, `max=${text(values.max)}`];
    case 'rate':
      return [text(values.rate), `${values.passes} out of ${(values.passes ?? 0) + (values.fails ?? 0)}`];
  }
}
