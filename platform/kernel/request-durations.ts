import type { Metric, Registry } from 'prom-client';

/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Durations of one service, endpoint and status; those above the last bound have a count at the end. */
interface Series {
  labels: { part: string; endpoint: string; status: string };
  counts: number[];
  sum: number;
}

/** Counts a request of one service and endpoint with the status of its response. */
type RequestTimer = (status: number, seconds: number) => void;

/**
 * The histogram `ecs_http_request_duration_seconds`, exported by prom-client and counted here: a request is
 * counted by each service it passes, and finding its labels in prom-client's own map cost a tenth of it.
 */
export function createRequestDurations(registry: Registry): (part: string, endpoint: string) => RequestTimer {
  const seriesList: Series[] = [];
  const histogram = {
    name: 'ecs_http_request_duration_seconds',
    help: 'HTTP requests by part, endpoint and status',
    type: 'histogram',
    aggregator: 'sum',
    get: async () => ({
      ...histogram,
      values: seriesList.flatMap((series) => samplesOf(histogram.name, series)),
    }),
  };
  registry.registerMetric(histogram as unknown as Metric);

  return (part, endpoint) => {
    const byStatus: (Series | undefined)[] = [];
    const seriesOf = (status: number): Series => {
      const labels = { part, endpoint, status: String(status) };
      const series = { labels, counts: Array<number>(BOUNDS.length + 1).fill(0), sum: 0 };
      seriesList.push(series);
      byStatus[status] = series;
      return series;
    };
    return (status, seconds) => {
      const series = byStatus[status] ?? seriesOf(status);
      let bucket = 0;
      while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] as number)) bucket += 1;
      series.counts[bucket] = (series.counts[bucket] as number) + 1;
      series.sum += seconds;
    };
  };
}

/** As Prometheus wants them: each bucket with all that is below it. */
function samplesOf(name: string, { labels, counts, sum }: Series) {
  let below = 0;
  const buckets = counts.map((count, index) => {
    below += count;
    return {
      metricName: `${name}_bucket`,
      labels: { ...labels, le: String(BOUNDS[index] ?? '+Inf') },
      value: below,
    };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: below },
  ];
}
