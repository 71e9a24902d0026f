import type { Sample } from '../protocol/metrics.ts';

/** A second of the test: counts, and latencies in ms of the requests that ended in it. */
export interface Moment {
  /** Its end, in seconds from the start. */
  second: number;
  /** Its length: the last second is shorter or longer. */
  ms: number;
  requests: number;
  failures: number;
  iterations: number;
  dropped: number;
  vus: number;
  p50: number;
  p95: number;
  p99: number;
  lag: number | null;
}

export interface Timeline {
  moments: Moment[];
  addSample(sample: Sample): void;
  /** Ends the current second. */
  tick(gauges: { elapsedMs: number; vus: number; lag: number | null }): void;
}

/** A shorter rest at the end is counted to the second before. */
const SHORTEST_MS = 500;

export function createTimeline(): Timeline {
  const moments: Moment[] = [];
  let second = emptySecond();
  let tickedMs = 0;
  return {
    moments,
    addSample({ metric, value }) {
      if (metric === 'http_req_duration') second.durations.push(value);
      else if (metric === 'http_req_failed') second.failures += value;
      else if (metric === 'iterations') second.iterations += value;
      else if (metric === 'dropped_iterations') second.dropped += value;
    },
    tick({ elapsedMs, vus, lag }) {
      const { durations, ...counts } = second;
      const ms = elapsedMs - tickedMs;
      tickedMs = elapsedMs;
      second = emptySecond();
      const before = moments.at(-1);
      if (before && ms < SHORTEST_MS) {
        before.ms += ms;
        before.requests += durations.length;
        before.failures += counts.failures;
        before.iterations += counts.iterations;
        before.dropped += counts.dropped;
        return;
      }
      durations.sort((a, b) => a - b);
      const percentile = (share: number) => durations[Math.ceil(share * durations.length) - 1] ?? 0;
      moments.push({
        second: Math.round(elapsedMs / 1000),
        ms,
        requests: durations.length,
        vus,
        lag,
        ...counts,
        p50: percentile(0.5),
        p95: percentile(0.95),
        p99: percentile(0.99),
      });
    },
  };
}

const emptySecond = () => ({ durations: [] as number[], failures: 0, iterations: 0, dropped: 0 });
