import { parsePrometheus, sumFigures, type Figures } from './prometheus.ts';

/**
 * The system's own side of a test, read at the private ports of its services: consumer lag, breaker, dead
 * letters, rejections and memory. Only where the system is ours.
 */
export interface SystemSide {
  sample(): Promise<void>;
  /** Waits until all accepted events are stored, at most 10 s: the rest is the lag at the end. */
  waitUntilProcessed(): Promise<void>;
  /** Messages that wait or are not acknowledged yet, all consumers together; null before the first sample. */
  lag(): number | null;
  report(): SystemReport;
}

export interface SystemReport {
  lagMax: number;
  lagEnd: number;
  /** The time after the load until the last message was processed. */
  settledMs: number;
  /** Every state that the breaker was seen in. */
  breaker: string[];
  stored: number;
  deadLetters: number;
  redelivered: number;
  /** Requests by the status class of their response: `2xx`, `4xx`, `5xx`. */
  answered: Record<string, number>;
  memoryMaxMb: number;
  /** Polls of a process that brought no response. */
  silent: number;
}

const POLL_TIMEOUT_MS = 2000;
const PROCESSED_MAX_MS = 10_000;
const POLL_MS = 20;

export function createSystemSide(opsUrls: string[]): SystemSide {
  let first: Figures | undefined;
  let last: Figures = new Map();
  let lag: number | null = null;
  const extremes = { lagMax: 0, memoryMax: 0, silent: 0, settledMs: 0, breaker: new Set<string>() };
  const growth = (name: string, labels = '') =>
    totalOf(last, name, labels) - totalOf(first ?? new Map(), name, labels);

  const side: SystemSide = {
    lag: () => lag,
    async sample() {
      const polls = await Promise.all(opsUrls.map(pollProcess));
      const responses = polls.filter((response) => response !== null);
      extremes.silent += polls.length - responses.length;
      if (responses.length === 0) return;
      last = sumFigures(responses.map(({ figures }) => figures));
      first ??= last;
      lag = responses.reduce((total, response) => total + response.lag, 0);
      extremes.lagMax = Math.max(extremes.lagMax, lag);
      extremes.memoryMax = Math.max(extremes.memoryMax, last.get('process_resident_memory_bytes') ?? 0);
      for (const state of responses.flatMap(({ breakers }) => breakers)) extremes.breaker.add(state);
    },
    async waitUntilProcessed() {
      const startedAt = performance.now();
      for (;;) {
        await side.sample();
        extremes.settledMs = performance.now() - startedAt;
        if (!lag || extremes.settledMs > PROCESSED_MAX_MS) return;
        await Bun.sleep(POLL_MS);
      }
    },
    report() {
      const responses = ['2', '4', '5'].map((digit) => [
        `${digit}xx`,
        growth('ecs_http_request_duration_seconds_count', `status="${digit}`),
      ]);
      return {
        lagMax: extremes.lagMax,
        lagEnd: lag ?? 0,
        settledMs: extremes.settledMs,
        breaker: [...extremes.breaker],
        stored: growth('ecs_events_consumed_total', 'outcome="stored"'),
        deadLetters: growth('ecs_events_consumed_total', 'outcome="parked"'),
        redelivered: growth('ecs_messages_redelivered_total'),
        answered: Object.fromEntries(responses) as Record<string, number>,
        memoryMaxMb: extremes.memoryMax / 2 ** 20,
        silent: extremes.silent,
      };
    },
  };
  return side;
}

interface Poll {
  lag: number;
  breakers: string[];
  figures: Figures;
}

/** The body of `/statusz`, as far as it is read here. */
interface StatusPage {
  parts: { consumer?: { pending: number; unacknowledged: number }; breaker?: { state: string } }[];
}

/** Returns null when the process does not respond. */
async function pollProcess(opsUrl: string): Promise<Poll | null> {
  try {
    const get = (path: string) => fetch(`${opsUrl}${path}`, { signal: AbortSignal.timeout(POLL_TIMEOUT_MS) });
    const [status, metrics] = await Promise.all([get('/statusz'), get('/metrics')]);
    const { parts: services } = (await status.json()) as StatusPage;
    const consumers = services.flatMap(({ consumer }) => consumer ?? []);
    return {
      lag: consumers.reduce((total, { pending, unacknowledged }) => total + pending + unacknowledged, 0),
      breakers: services.flatMap(({ breaker }) => (breaker ? [breaker.state] : [])),
      figures: parsePrometheus(await metrics.text()),
    };
  } catch {
    return null;
  }
}

/** Returns the sum of a metric's series with the text in their labels. */
function totalOf(figures: Figures, name: string, labels: string): number {
  return [...figures]
    .filter(([key]) => key.startsWith(name) && key.includes(labels))
    .reduce((total, [, value]) => total + value, 0);
}
