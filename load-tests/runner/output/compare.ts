import { formatValue } from './format-value.ts';
import type { Contains, MetricType } from '../core/metric.ts';

/** This run beside an earlier one: each metric that says how good the system was gets a verdict. */
export interface Earlier {
  metrics: Record<string, { type: MetricType; contains: Contains; values: Record<string, number> }>;
}

export interface Verdict {
  metric: string;
  value: string;
  before: string;
  now: string;
  /** Of the earlier value; null when that was 0. */
  change: number | null;
  verdict: 'better' | 'worse' | 'same';
}

/** Which value of a metric counts, and which way is better. */
const JUDGED: [metric: RegExp, value: string, better: 'less' | 'more'][] = [
  [/^(http_req_duration|iteration_duration)/, 'p(95)', 'less'],
  [/^(http_req_duration|iteration_duration)/, 'med', 'less'],
  [/^http_req_failed/, 'rate', 'less'],
  [/^checks/, 'rate', 'more'],
  [/^(http_reqs|iterations)$/, 'rate', 'more'],
  [/^dropped_iterations/, 'count', 'less'],
];

/** A smaller change is noise. */
const NOISE = 0.1;

export function compareReports(earlier: Earlier, now: Earlier): Verdict[] {
  return Object.entries(now.metrics).flatMap(([metric, present]) => {
    // Left out: parts of a request's time; their sum matters.
    if (/^(http_req_(?!duration|failed)|group_duration)/.test(metric)) return [];
    const past = earlier.metrics[metric];
    if (!past || past.type !== present.type) return [];
    const fitting =
      present.type === 'trend' && !JUDGED.some(([name]) => name.test(metric))
        ? [[/./, 'p(95)', 'less'] as const]
        : JUDGED.filter(([name]) => name.test(metric));
    return fitting.flatMap(([, value, better]) => {
      const [a, b] = [past.values[value], present.values[value]];
      if (a === undefined || b === undefined) return [];
      const change = a === 0 ? null : (b - a) / a;
      const isSame = change === null ? b === 0 : Math.abs(change) < NOISE;
      const improved = better === 'less' ? b < a : b > a;
      const verdict = isSame ? ('same' as const) : improved ? ('better' as const) : ('worse' as const);
      const text = (value: number) => formatValue(value, present);
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
