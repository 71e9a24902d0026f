import { createHash } from 'node:crypto';
import { BUILTIN_METRICS } from '../protocol/builtin-metrics.ts';
import { ConfigError, EXIT, RunError } from '../core/failures.ts';
import { createSink, type Sink } from '../core/metric.ts';
import type { Options } from '../options/options.ts';
import type { MetricDeclaration, Sample, Tags } from '../protocol/protocol.ts';
import { checkThreshold, holds, parseMetricName, type Threshold } from '../options/thresholds.ts';

/** A metric, or the part of it with certain tags on its samples. */
export interface Metric extends MetricDeclaration {
  sink: Sink;
  thresholds: { threshold: Threshold; ok: boolean }[];
  /** Of a sub-metric. */
  tags?: Tags;
}

export interface CheckCount {
  name: string;
  path: string;
  id: string;
  passes: number;
  fails: number;
}

export interface Group {
  name: string;
  path: string;
  id: string;
  groups: Group[];
  checks: CheckCount[];
}

/** Every sample of the test, all threads together. */
export interface MetricStore {
  add(sample: Sample): void;
  metrics: Map<string, Metric>;
  root: Group;
  /** Checks in the order in which they first came. */
  checks: CheckCount[];
  /** Judges all thresholds; says whether one asks for the test's end. */
  evaluate(elapsedMs: number): { crossed: string[]; abort: boolean };
}

/** The sub-metric that k6 always keeps. */
const ALWAYS = 'http_req_duration{expected_response:true}';
const SYSTEM_TAGS = (
  'proto subproto status method url name group check error error_code tls_version scenario service ' +
  'expected_response ip vu iter ocsp_status'
).split(' ');

/** Throws a ConfigError for a threshold of a metric that does not exist, or of another kind. */
export function createMetricStore(
  declared: MetricDeclaration[],
  { thresholds, systemTags }: Pick<Options, 'thresholds' | 'systemTags'>,
): MetricStore {
  const metrics = new Map<string, Metric>();
  const parts = new Map<string, Metric[]>();
  for (const declaration of [...BUILTIN_METRICS, ...declared]) {
    metrics.set(declaration.name, { ...declaration, sink: createSink(declaration.type), thresholds: [] });
  }
  for (const key of new Set([ALWAYS, ...Object.keys(thresholds)])) {
    const { name, tags } = parseMetricName(key);
    const whole = metrics.get(name);
    if (!whole) {
      throw new ConfigError(`invalid threshold defined on ${key}; reason: no metric name "${key}" found`);
    }
    const list = thresholds[key] ?? [];
    for (const threshold of list) checkThreshold(threshold, key, whole.type);
    const states = list.map((threshold) => ({ threshold, ok: true }));
    if (!key.includes('{')) {
      whole.thresholds = states;
      continue;
    }
    const part = { ...whole, name: key, sink: createSink(whole.type), thresholds: states, tags };
    metrics.set(key, part);
    parts.set(name, [...(parts.get(name) ?? []), part]);
  }
  const dropped = systemTags === null ? [] : SYSTEM_TAGS.filter((tag) => !systemTags.includes(tag));
  const tree = createTree();

  return {
    metrics,
    root: tree.root,
    checks: tree.checks,
    add({ metric, value, tags }) {
      const whole = metrics.get(metric);
      // A script's metric that only one user declared would be the script's own mistake.
      if (!whole) throw new RunError(`no metric name "${metric}" found`, EXIT.script);
      whole.sink.add(value);
      if (metric === 'checks') tree.count(tags, value === 1);
      if (metric === 'group_duration') tree.groupAt(tags.group ?? '');
      for (const part of parts.get(metric) ?? []) {
        const fits = Object.entries(part.tags ?? {}).every(
          ([key, value]) => tags[key] === value && !dropped.includes(key),
        );
        if (fits) part.sink.add(value);
      }
    },
    evaluate(elapsedMs) {
      const crossed: string[] = [];
      let abort = false;
      for (const { name, sink, thresholds } of metrics.values()) {
        for (const state of thresholds) {
          const { threshold } = state;
          // As in k6, a metric without a sample crosses nothing.
          state.ok = sink.isEmpty() || holds(threshold, sink.get(threshold.aggregation, elapsedMs));
          if (state.ok) continue;
          if (!crossed.includes(name)) crossed.push(name);
          abort ||= threshold.abortOnFail && elapsedMs > threshold.delayAbortEvalMs;
        }
      }
      return { crossed, abort };
    },
  };
}

/** Groups and checks as the summary shows them, by the paths in the samples' tags. */
function createTree() {
  const root: Group = { name: '', path: '', id: idOf(''), groups: [], checks: [] };
  const checks: CheckCount[] = [];
  const groupAt = (path: string): Group => {
    let present = root;
    for (const name of path.split('::').slice(1)) {
      let next = present.groups.find((group) => group.name === name);
      if (!next) {
        const path = `${present.path}::${name}`;
        next = { name, path: path, id: idOf(path), groups: [], checks: [] };
        present.groups.push(next);
      }
      present = next;
    }
    return present;
  };
  const count = (tags: Tags, passed: boolean): void => {
    const group = groupAt(tags.group ?? '');
    const name = tags.check ?? '';
    let check = group.checks.find((candidate) => candidate.name === name);
    if (!check) {
      const path = `${group.path}::${name}`;
      check = { name, path, id: idOf(path), passes: 0, fails: 0 };
      group.checks.push(check);
      checks.push(check);
    }
    check[passed ? 'passes' : 'fails'] += 1;
  };
  return { root, checks, groupAt, count };
}

const idOf = (path: string): string => createHash('md5').update(path).digest('hex');
