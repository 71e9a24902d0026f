import { type FlowMetric, type Series, seriesOf } from './read-metrics.ts';
import { isSameProcess, type ProcessSample } from './sample-process.ts';

type Labels = Series['labels'];
type Matches = (labels: Labels) => boolean;

/** Figures of all processes together, as the edges of the flow need them. */
export interface Figures {
  /** Of the process that is known longest. */
  windowSeconds: number;
  /** Whether a process with this service responds: a counter that it has not yet is zero then. */
  runs(service: string): boolean;
  /** Increase a second of the counters with these labels; null where no process has one of them. */
  rate(name: FlowMetric | `${FlowMetric}_count`, matches?: Matches): number | null;
  /** Sum of the gauges with these labels; replicas report the same queue, so the highest of them counts. */
  gauge(name: FlowMetric, matches?: Matches): number | null;
  /** Each value of a label, with its gauge. */
  gaugesBy(name: FlowMetric, label: string): Map<string, number>;
  /** Upper bound in seconds of the 99th percentile of a histogram; null without any observation. */
  p99Seconds(name: FlowMetric, matches: Matches): number | null;
}

interface Value {
  labels: Labels;
  value: number;
}

/** `before` has an earlier sample by process; a process without one counts from the next sample on. */
export function createFigures(before: ReadonlyMap<string, ProcessSample>, now: ProcessSample[]): Figures {
  const rates = new Map<string, number>();
  const gauges = new Map<string, number>();
  let windowMs = 0;
  for (const sample of now) {
    const earlier = before.get(sample.process);
    const elapsedMs = earlier?.page ? sample.atMs - earlier.atMs : 0;
    windowMs = Math.max(windowMs, elapsedMs);
    for (const [key, value] of sample.metrics) {
      gauges.set(key, Math.max(gauges.get(key) ?? Number.NEGATIVE_INFINITY, value));
      const increase = earlier && elapsedMs > 0 ? increaseOf(earlier, sample, key, value) : 0;
      rates.set(key, (rates.get(key) ?? 0) + (elapsedMs > 0 ? increase / (elapsedMs / 1000) : 0));
    }
  }
  const ratesOf = byName(rates);
  const gaugesOf = byName(gauges);
  const services = new Set(now.flatMap(({ page }) => page?.parts ?? []).map(({ name }) => name));
  const matching = (from: Map<string, Value[]>, name: string, matches: Matches = () => true) =>
    (from.get(name) ?? []).filter(({ labels }) => matches(labels));

  return {
    windowSeconds: windowMs / 1000,
    runs: (service) => services.has(service),
    rate: (name, matches) => sum(matching(ratesOf, name, matches)),
    gauge: (name, matches) => sum(matching(gaugesOf, name, matches)),
    gaugesBy: (name, label) =>
      new Map(matching(gaugesOf, name).map(({ labels, value }) => [labels[label] ?? '', value])),
    p99Seconds: (name, matches) => p99Of(matching(ratesOf, `${name}_bucket`, matches)),
  };
}

/** A process that began anew counts from zero, and so does a counter that is smaller than before. */
function increaseOf(earlier: ProcessSample, sample: ProcessSample, key: string, value: number): number {
  const from = isSameProcess(earlier, sample) ? (earlier.metrics.get(key) ?? 0) : 0;
  return value >= from ? value - from : value;
}

function byName(values: Map<string, number>): Map<string, Value[]> {
  const named = new Map<string, Value[]>();
  for (const [key, value] of values) {
    const { name, labels } = seriesOf(key);
    const list = named.get(name);
    if (list) list.push({ labels, value });
    else named.set(name, [{ labels, value }]);
  }
  return named;
}

const sum = (values: Value[]) =>
  values.length === 0 ? null : values.reduce((total, { value }) => total + value, 0);

function p99Of(buckets: Value[]): number | null {
  const counts = new Map<number, number>();
  for (const { labels, value } of buckets) {
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  const sorted = [...counts].toSorted(([a], [b]) => a - b);
  const total = sorted.at(-1)?.[1] ?? 0;
  if (total === 0) return null;
  const bound = sorted.find(([, count]) => count >= 0.99 * total)?.[0] ?? null;
  // Beyond the last bound nothing better is known than that bound.
  return bound === Number.POSITIVE_INFINITY ? (sorted.at(-2)?.[0] ?? null) : bound;
}
