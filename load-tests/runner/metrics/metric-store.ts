import type { Options } from '../options/options.ts';
import { droppedTags } from '../options/system-tags.ts';
import { checkThreshold, holds, parseMetricName, type Threshold } from '../options/thresholds.ts';
import { ConfigError, EXIT, RunError } from '../protocol/endings.ts';
import { BUILTIN_METRICS, type MetricDeclaration, type Sample, type Tags } from '../protocol/metrics.ts';
import { type CheckCount, createGroupTree, type Group } from './group-tree.ts';
import { createSink, type Sink } from './sink.ts';

/** Every sample of the test, all threads together. */
export interface MetricStore {
  /** Returns the metric of the sample. */
  add(sample: Sample): Metric;
  /** Adds metrics that no user has declared before. */
  declare(declarations: MetricDeclaration[]): void;
  metrics: Map<string, Metric>;
  root: Group;
  /** Checks in the order in which they first came. */
  checks: CheckCount[];
  /** Judges the thresholds of metrics with a sample; `abort` when one of them is to end the test. */
  judge(elapsedMs: number): { crossed: string[]; abort: boolean };
  /** Judges all thresholds, as k6 does at the end; a rate of nothing has no value to judge. */
  judgeAtEnd(elapsedMs: number): { crossed: string[]; notJudged: { metric: string; threshold: Threshold }[] };
}

/** A metric, or a sub-metric of the samples with certain tags. */
export interface Metric extends MetricDeclaration {
  sink: Sink;
  thresholds: { threshold: Threshold; ok: boolean }[];
  /** Of a sub-metric. */
  tags?: Tags;
}

/** The sub-metric that k6 always keeps. */
const DEFAULT_SUB_METRIC = 'http_req_duration{expected_response:true}';
/** Throws a ConfigError for a threshold of a metric that does not exist, or of another kind. */
export function createMetricStore(
  declarations: MetricDeclaration[],
  { thresholds, systemTags }: Pick<Options, 'thresholds' | 'systemTags'>,
): MetricStore {
  const { metrics, subMetrics } = openMetrics(declarations, thresholds);
  const dropped = droppedTags(systemTags);
  const tree = createGroupTree();
  const hasTags = (tags: Tags, expected: Tags = {}) =>
    Object.entries(expected).every(([key, value]) => tags[key] === value && !dropped.includes(key));
  return {
    metrics,
    root: tree.root,
    checks: tree.checks,
    add({ metric: name, value, tags }) {
      const metric = metrics.get(name);
      // A script's metric that only one user declared would be the script's own mistake.
      if (!metric) throw new RunError(`no metric name "${name}" found`, EXIT.script);
      metric.sink.add(value);
      if (name === 'checks') tree.countCheck(tags, value === 1);
      if (name === 'group_duration') tree.groupAt(tags.group ?? '');
      for (const subMetric of subMetrics.get(name) ?? []) {
        if (hasTags(tags, subMetric.tags)) subMetric.sink.add(value);
      }
      return metric;
    },
    declare(late) {
      for (const declaration of late) {
        if (!metrics.has(declaration.name)) metrics.set(declaration.name, openMetric(declaration));
      }
    },
    judge(elapsedMs) {
      const observed = [...metrics.values()].filter(({ sink }) => !sink.isEmpty());
      const crossed = crossedBy(observed, elapsedMs);
      const states = observed.flatMap(({ thresholds: judged }) => judged.filter(({ ok }) => !ok));
      const abort = states.some(
        ({ threshold }) => threshold.abortOnFail && elapsedMs > threshold.delayAbortEvalMs,
      );
      return { crossed, abort };
    },
    judgeAtEnd(elapsedMs) {
      const notJudged = [...metrics.values()].flatMap(({ name, sink, thresholds: judged }) =>
        judged.flatMap(({ threshold }) =>
          sink.get(threshold.aggregation, elapsedMs) === undefined ? { metric: name, threshold } : [],
        ),
      );
      return { crossed: crossedBy([...metrics.values()], elapsedMs), notJudged };
    },
  };
}

/** Judges the thresholds of these metrics; returns the names of those that crossed one. */
function crossedBy(metrics: Metric[], elapsedMs: number): string[] {
  for (const { sink, thresholds } of metrics) {
    for (const state of thresholds) {
      state.ok = holds(state.threshold, sink.get(state.threshold.aggregation, elapsedMs));
    }
  }
  return metrics
    .filter(({ thresholds }) => thresholds.some(({ ok }) => !ok))
    .map(({ name }) => name)
    .toSorted();
}

function openMetric(declaration: MetricDeclaration): Metric {
  return { ...declaration, sink: createSink(declaration.type), thresholds: [] };
}

function openMetrics(declarations: MetricDeclaration[], thresholds: Options['thresholds']) {
  const metrics = new Map<string, Metric>();
  const subMetrics = new Map<string, Metric[]>();
  for (const declaration of [...BUILTIN_METRICS, ...declarations]) {
    metrics.set(declaration.name, openMetric(declaration));
  }
  for (const key of new Set([DEFAULT_SUB_METRIC, ...Object.keys(thresholds)])) {
    const { name, tags } = parseMetricName(key);
    const metric = metrics.get(name);
    if (!metric) {
      throw new ConfigError(`invalid threshold defined on ${key}; reason: no metric name "${key}" found`);
    }
    const list = thresholds[key] ?? [];
    for (const threshold of list) checkThreshold(threshold, key, metric.type);
    const states = list.map((threshold) => ({ threshold, ok: true }));
    if (!key.includes('{')) {
      metric.thresholds = states;
      continue;
    }
    const subMetric = { ...metric, name: key, sink: createSink(metric.type), thresholds: states, tags };
    metrics.set(key, subMetric);
    subMetrics.set(name, [...(subMetrics.get(name) ?? []), subMetric]);
  }
  return { metrics, subMetrics };
}
