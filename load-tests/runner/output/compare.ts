import { formatValue } from './format-value.ts';
import type { Contains, MetricType } from '../protocol/metrics.ts';

/** A report as far as it is compared. */
export interface ComparedReport {
  metrics: Record<string, { type: MetricType; contains: Contains; values: Record<string, number> }>;
}

export interface Verdict {
  metric: string;
  value: string;
  before: string;
  now: string;
  /** As a share of the earlier value; null when that was 0. */
  change: number | null;
  verdict: 'better' | 'worse' | 'same';
}

/** The value of a metric that counts, and its better direction. */
const CRITERIA: [metric: RegExp, value: string, better: 'less' | 'more'][] = [
  [/^(http_req_duration|iteration_duration)/, 'p(95)', 'less'],
  [/^(http_req_duration|iteration_duration)/, 'med', 'less'],
  [/^http_req_failed/, 'rate', 'less'],
  [/^checks/, 'rate', 'more'],
  [/^(http_reqs|iterations)$/, 'rate', 'more'],
  [/^dropped_iterations/, 'count', 'less'],
];

/** A smaller change is noise. */
const NOISE = 0.1;

/** Gives each metric of quality a verdict: this run beside an earlier run. */
export function compareReports(earlier: ComparedReport, now: ComparedReport): Verdict[] {
  return Object.entries(now.metrics).flatMap(([metric, current]) => {
    // Left out: the phases of a request; their sum matters.
    if (/^(http_req_(?!duration|failed)|group_duration)/.test(metric)) return [];
    const previous = earlier.metrics[metric];
    if (!previous || previous.type !== current.type) return [];
    const criteria =
      current.type === 'trend' && !CRITERIA.some(([name]) => name.test(metric))
        ? [[/./, 'p(95)', 'less'] as const]
        : CRITERIA.filter(([name]) => name.test(metric));
    return criteria.flatMap(([, value, better]) => {
      const [a, b] = [previous.values[value], current.values[value]];
      if (a === undefined || b === undefined) return [];
      const change = a === 0 ? null : (b - a) / a;
      const isSame = change === null ? b === 0 : Math.abs(change) < NOISE;
      const improved = better === 'less' ? b < a : b > a;
      const verdict = isSame ? ('same' as const) : improved ? ('better' as const) : ('worse' as const);
      const text = (value: number) => formatValue(value, current);
      return [{ metric, value, before: text(a), now: text(b), change, verdict }];
    });
  });
}

export function comparisonText(verdicts: Verdict[]): string {
  const rows = verdicts.map(({ metric, value, before, now, change, verdict }) => {
    const percent = change === null ? '' : `${change >= 0 ? '+' : ''}${(change * 100).toFixed(1)} %`;
    return `    ${`${metric} ${value} `.padEnd(52, '.')}: ${before} -> ${now}  ${percent}  ${verdict}`;
  });
  return ['  █ COMPARED WITH THE EARLIER RUN', '', ...rows, ''].join('\n');
}
