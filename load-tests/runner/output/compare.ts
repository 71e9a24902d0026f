import { formatValue } from './format-value.ts';
import type { Contains, MetricType } from '../protocol/metrics.ts';

/** A report as far as it is compared. */
export interface ComparedReport {
  /** Of each metric: the number of its samples. */
  samples?: Record<string, number>;
  metrics: Record<string, { type: MetricType; contains: Contains; values: Record<string, number> }>;
}

export interface Verdict {
  metric: string;
  value: string;
  before: string;
  now: string;
  /** As a share of the earlier value; null when that was 0. */
  change: number | null;
  verdict: 'better' | 'worse' | 'same' | 'not enough';
  /** The samples of the smaller run, and those that a verdict needs, where they are too few. */
  samples?: number;
  needed?: number;
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

/** Fewer samples say nothing: of 100, five are above the 95th percentile. */
const NEEDED: Record<string, number> = { 'p(95)': 100 };
const NEEDED_OTHERWISE = 30;

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
    return criteria.flatMap(([, value, better]): Verdict[] => {
      const [a, b] = [previous.values[value], current.values[value]];
      if (a === undefined || b === undefined) return [];
      const needed = NEEDED[value] ?? NEEDED_OTHERWISE;
      const samples = Math.min(samplesOf(earlier, metric), samplesOf(now, metric));
      const change = a === 0 ? null : (b - a) / a;
      const isSame = change === null ? b === 0 : Math.abs(change) < NOISE;
      const improved = better === 'less' ? b < a : b > a;
      const verdict = isSame ? ('same' as const) : improved ? ('better' as const) : ('worse' as const);
      const text = (value: number) => formatValue(value, current);
      const row = { metric, value, before: text(a), now: text(b), change };
      return samples < needed
        ? [{ ...row, verdict: 'not enough' as const, samples, needed }]
        : [{ ...row, verdict }];
    });
  });
}

/** Of dropped iterations, all count. Reports of older versions have the numbers of some metrics only. */
function samplesOf({ samples = {}, metrics }: ComparedReport, metric: string): number {
  const counted = metric === 'dropped_iterations' ? 'iterations' : metric;
  const known = samples[counted];
  if (known !== undefined) return known;
  const { passes = 0, fails = 0 } = metrics[metric]?.values ?? {};
  const counter = metric.startsWith('http_req') ? 'http_reqs' : 'iterations';
  return metrics[metric]?.type === 'rate' ? passes + fails : (metrics[counter]?.values.count ?? 0);
}

/** The verdict, and why there is none. */
export function verdictText({ verdict, samples = 0, needed = 0 }: Verdict): string {
  return verdict === 'not enough' ? `not enough: ${samples} samples, ${needed} are needed` : verdict;
}

export function comparisonText(verdicts: Verdict[]): string {
  const rows = verdicts.map((row) => {
    const { metric, value, before, now, change } = row;
    const percent = change === null ? '' : `${change >= 0 ? '+' : ''}${(change * 100).toFixed(1)} %`;
    const label = `${metric} ${value} `.padEnd(52, '.');
    return `    ${label}: ${before} -> ${now}  ${percent}  ${verdictText(row)}`;
  });
  return ['  █ COMPARED WITH THE EARLIER RUN', '', ...rows, ''].join('\n');
}
