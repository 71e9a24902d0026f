import { build, type Histogram } from 'hdr-histogram-js';
import type { MetricType } from '../protocol/metrics.ts';

/** Takes the values of a metric and returns the aggregations that k6 has for its kind. */
export interface Sink {
  add(value: number): void;
  /** `count`, `rate`, `p(95)`, ...; undefined while there is no such value. */
  get(aggregation: string, elapsedMs: number): number | undefined;
  isEmpty(): boolean;
}

export function createSink(type: MetricType): Sink & { passes?: number; fails?: number } {
  return { counter: createCounter, gauge: createGauge, rate: createRate, trend: createTrend }[type]();
}

function createCounter(): Sink {
  let count = 0;
  let samples = 0;
  return {
    add(value) {
      count += value;
      samples += 1;
    },
    get: (aggregation, elapsedMs) =>
      aggregation === 'rate' ? (elapsedMs > 0 ? count / (elapsedMs / 1000) : 0) : count,
    isEmpty: () => samples === 0,
  };
}

function createGauge(): Sink {
  const gauge = { value: 0, min: 0, max: 0 };
  let samples = 0;
  return {
    add(value) {
      gauge.value = value;
      gauge.min = samples === 0 ? value : Math.min(gauge.min, value);
      gauge.max = samples === 0 ? value : Math.max(gauge.max, value);
      samples += 1;
    },
    get: (aggregation) => gauge[aggregation as keyof typeof gauge],
    isEmpty: () => samples === 0,
  };
}

function createRate(): Sink {
  const rate = {
    passes: 0,
    fails: 0,
    add(value: number) {
      if (value) rate.passes += 1;
      else rate.fails += 1;
    },
    get(aggregation: string) {
      if (aggregation === 'passes' || aggregation === 'fails') return rate[aggregation];
      return rate.isEmpty() ? undefined : rate.passes / (rate.passes + rate.fails);
    },
    isEmpty: () => rate.passes + rate.fails === 0,
  };
  return rate;
}

/** Percentiles are exact up to this number of values; then they come from a histogram of three digits. */
const EXACT_MAX = 10_000;
/** Values are kept as whole thousandths: microseconds where the value is in milliseconds. */
const SCALE = 1000;
const DIGITS = 3;

function createTrend(): Sink {
  let sum = 0;
  let count = 0;
  let min = 0;
  let max = 0;
  let values: number[] | null = [];
  let sorted = true;
  let histogram: Histogram | undefined;
  /** A histogram takes no negative values: they are kept mirrored. */
  let mirrored: Histogram | undefined;

  const record = (value: number) => {
    const scaled = Math.round(Math.abs(value) * SCALE);
    if (value < 0) (mirrored ??= openHistogram()).recordValue(scaled);
    else (histogram ??= openHistogram()).recordValue(scaled);
  };
  const fromHistograms = (share: number): number => {
    const below = mirrored?.totalCount ?? 0;
    const rank = Math.max(1, Math.ceil(share * count));
    if (mirrored && rank <= below) {
      return -mirrored.getValueAtPercentile(((below - rank + 1) / below) * 100) / SCALE;
    }
    const above = count - below;
    return (histogram?.getValueAtPercentile(((rank - below) / above) * 100) ?? 0) / SCALE;
  };
  const percentile = (share: number): number => {
    if (count === 0) return 0;
    if (!values) return Math.min(max, Math.max(min, fromHistograms(share)));
    if (!sorted) values.sort((a, b) => a - b);
    sorted = true;
    const index = share * (count - 1);
    const lower = values[Math.floor(index)] ?? 0;
    const upper = values[Math.ceil(index)] ?? 0;
    return lower + (upper - lower) * (index - Math.floor(index));
  };
  return {
    add(value) {
      min = count === 0 ? value : Math.min(min, value);
      max = count === 0 ? value : Math.max(max, value);
      sum += value;
      count += 1;
      if (!values) return record(value);
      values.push(value);
      sorted = false;
      if (values.length > EXACT_MAX) {
        for (const value of values) record(value);
        values = null;
      }
    },
    get(aggregation) {
      if (aggregation === 'avg') return count === 0 ? 0 : sum / count;
      if (aggregation === 'min') return min;
      if (aggregation === 'max') return max;
      if (aggregation === 'count') return count;
      if (aggregation === 'sum') return sum;
      return percentile(aggregation === 'med' ? 0.5 : Number(aggregation.slice(2, -1)) / 100);
    },
    isEmpty: () => count === 0,
  };
}

function openHistogram(): Histogram {
  return build({ bitBucketSize: 64, autoResize: true, numberOfSignificantValueDigits: DIGITS });
}
