import type { Group } from './group-tree.ts';
import type { Metric, MetricStore } from './metric-store.ts';
import type { Options } from '../options/options.ts';
import type { Contains, MetricType } from '../protocol/metrics.ts';

/** The argument of `handleSummary(data)`, in k6's shape. Times in ms, sizes in bytes. */
export interface SummaryData {
  root_group: Group;
  options: { summaryTrendStats: string[]; summaryTimeUnit: string; noColor: boolean };
  state: { isStdOutTTY: boolean; isStdErrTTY: boolean; testRunDurationMs: number };
  metrics: Record<string, MetricSummary>;
  setup_data?: unknown;
}

export interface MetricSummary {
  type: MetricType;
  contains: Contains;
  values: Record<string, number>;
  thresholds?: Record<string, { ok: boolean }>;
}

interface SummaryInput {
  store: MetricStore;
  options: Options;
  noColor: boolean;
  elapsedMs: number;
  setupData: string | undefined;
}

/** Metrics without a sample are left out unless they have a threshold. */
export function summarize({ store, options, noColor, elapsedMs, setupData }: SummaryInput): SummaryData {
  const shown = [...store.metrics.values()].filter(
    ({ sink, thresholds }) => !sink.isEmpty() || thresholds.length > 0,
  );
  return {
    root_group: store.root,
    options: {
      summaryTrendStats: options.summaryTrendStats,
      summaryTimeUnit: options.summaryTimeUnit,
      noColor,
    },
    state: {
      isStdOutTTY: process.stdout.isTTY ?? false,
      isStdErrTTY: process.stderr.isTTY ?? false,
      testRunDurationMs: elapsedMs,
    },
    metrics: Object.fromEntries(
      shown.map((metric) => [metric.name, summaryOf(metric, options.summaryTrendStats, elapsedMs)]),
    ),
    ...(setupData === undefined ? {} : { setup_data: JSON.parse(setupData) as unknown }),
  };
}

const VALUES: Record<Exclude<MetricType, 'trend'>, string[]> = {
  counter: ['count', 'rate'],
  gauge: ['value', 'min', 'max'],
  rate: ['rate', 'passes', 'fails'],
};

function summaryOf(
  { type, contains, sink, thresholds }: Metric,
  trend: string[],
  elapsedMs: number,
): MetricSummary {
  const names = type === 'trend' ? trend : VALUES[type];
  const summary: MetricSummary = {
    type,
    contains,
    values: Object.fromEntries(names.map((name) => [name, sink.get(name, elapsedMs) ?? 0])),
  };
  if (thresholds.length > 0) {
    summary.thresholds = Object.fromEntries(
      thresholds.map(({ threshold, ok }) => [threshold.source, { ok }]),
    );
  }
  return summary;
}

/** Returns the content of `--summary-export`: flatter, and its thresholds are true when they were crossed. */
export function exportOf(data: SummaryData): object {
  const metrics = Object.entries(data.metrics).map(([name, { values, thresholds, type }]) => {
    const { rate, ...rest } = values;
    const flat = type === 'rate' ? { ...rest, value: rate } : values;
    const crossed = Object.entries(thresholds ?? {}).map(([source, { ok }]) => [source, !ok] as const);
    return [name, { ...flat, ...(thresholds ? { thresholds: Object.fromEntries(crossed) } : {}) }] as const;
  });
  const setupData = 'setup_data' in data ? { setup_data: data.setup_data } : {};
  return { root_group: byName(data.root_group), metrics: Object.fromEntries(metrics), ...setupData };
}

function byName({ name, path, id, groups, checks }: Group): object {
  return {
    name,
    path,
    id,
    groups: Object.fromEntries(groups.map((group) => [group.name, byName(group)])),
    checks: Object.fromEntries(checks.map((check) => [check.name, check])),
  };
}
