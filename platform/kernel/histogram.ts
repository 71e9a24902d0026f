import type { Metric, Registry } from 'prom-client';

/** Counts observations of one set of labels: a value, and how many had it. */
export type Observe = (value: number, count?: number) => void;

/** Observations of one set of labels; those above the last bound have a count at the end. */
interface Series {
  labels: Record<string, string>;
  counts: number[];
  sum: number;
}

/**
 * A histogram that prom-client exports and that is counted here: finding labels in prom-client's own map
 * costs a tenth of a request. Returns the function that makes the series of a set of labels, once each.
 */
export function createHistogram(
  registry: Registry,
  { name, help, bounds }: { name: string; help: string; bounds: number[] },
): (labels: Record<string, string>) => Observe {
  const seriesList: Series[] = [];
  const counters = new Map<string, Observe>();
  const histogram = {
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    get: async () => ({
      ...histogram,
      values: seriesList.flatMap((series) => samplesOf(name, bounds, series)),
    }),
  };
  registry.registerMetric(histogram as unknown as Metric);

  return (labels) => {
    const key = JSON.stringify(labels);
    const existing = counters.get(key);
    if (existing) return existing;
    const series = { labels, counts: Array<number>(bounds.length + 1).fill(0), sum: 0 };
    seriesList.push(series);
    const observe: Observe = (value, count = 1) => {
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
      series.counts[bucket] = (series.counts[bucket] as number) + count;
      series.sum += value * count;
    };
    counters.set(key, observe);
    return observe;
  };
}

/** As Prometheus wants them: each bucket with all that is below it. */
function samplesOf(name: string, bounds: number[], { labels, counts, sum }: Series) {
  let below = 0;
  const buckets = counts.map((count, index) => {
    below += count;
    return {
      metricName: `${name}_bucket`,
      labels: { ...labels, le: String(bounds[index] ?? '+Inf') },
      value: below,
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: below },
  ];
}
