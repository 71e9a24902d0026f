import type { Registry } from 'prom-client';
import { createHistogram, type Observe } from './histogram.ts';

/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Counts a request of one service and endpoint with the status of its response. */
type RequestTimer = (status: number, seconds: number) => void;

/** The histogram `ecs_http_request_duration_seconds`: a request is counted by each service it passes. */
export function createRequestDurations(registry: Registry): (part: string, endpoint: string) => RequestTimer {
  const seriesOf = createHistogram(registry, {
    name: 'ecs_http_request_duration_seconds',
    help: 'HTTP requests by part, endpoint and status',
    bounds: BOUNDS,
  });
  return (part, endpoint) => {
    const byStatus: (Observe | undefined)[] = [];
    return (status, seconds) => {
      const observe = (byStatus[status] ??= seriesOf({ part, endpoint, status: String(status) }));
      observe(seconds);
    };
  };
}
