/**
 * The system's own side of a test, read at the private ports of its services: consumer lag, breaker, dead
 * letters, refusals and memory. Only where the system is ours.
 */
export interface SystemSide {
  sample(): Promise<void>;
  /** Waits until all accepted events are stored, 10 s at most: the rest is the lag at the end. */
  settle(): Promise<void>;
  /** Messages that wait or are not acknowledged yet, all consumers together; null before the first sample. */
  lag(): number | null;
  report(): SystemReport;
}

export interface SystemReport {
  lagMax: number;
  lagEnd: number;
  /** How long after the load its last message was worked off. */
  settledMs: number;
  /** Every state that the breaker was seen in. */
  breaker: string[];
  stored: number;
  deadLetters: number;
  redelivered: number;
  /** Requests by status class that the parts answered with: `2xx`, `4xx`, `5xx`. */
  answered: Record<string, number>;
  memoryMaxMb: number;
  /** Parts' processes that did not answer when asked. */
  silent: number;
}

const ASK_MS = 2000;
const SETTLE_MS = 10_000;
const LOOK_MS = 20;
type Figures = Map<string, number>;

export function createSystemSide(opsUrls: string[]): SystemSide {
  let first: Figures | undefined;
  let last: Figures = new Map();
  let lagNow: number | null = null;
  const extremes = { lagMax: 0, memoryMax: 0, silent: 0, settledMs: 0, breaker: new Set<string>() };

  const side: SystemSide = {
    lag: () => lagNow,
    async sample() {
      const pages = await Promise.all(opsUrls.map(ask));
      const answered = pages.filter((page) => page !== null);
      extremes.silent += pages.length - answered.length;
      if (answered.length === 0) return;
      last = sum(answered.map(({ metrics }) => metrics));
      first ??= last;
      lagNow = answered.reduce((total, { lag }) => total + lag, 0);
      extremes.lagMax = Math.max(extremes.lagMax, lagNow);
      extremes.memoryMax = Math.max(extremes.memoryMax, last.get('process_resident_memory_bytes') ?? 0);
      for (const state of answered.flatMap(({ breakers }) => breakers)) extremes.breaker.add(state);
    },
    async settle() {
      const startedAt = performance.now();
      for (;;) {
        await side.sample();
        extremes.settledMs = performance.now() - startedAt;
        if (!lagNow || extremes.settledMs > SETTLE_MS) return;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    report() {
      const grown = (name: string, having = '') => {
        const total = (figures: Figures | undefined) =>
          [...(figures ?? [])]
            .filter(([key]) => key.startsWith(name) && key.includes(having))
            .reduce((total, [, value]) => total + value, 0);
        return total(last) - total(first);
      };
      const statuses = ['2', '4', '5'].map((digit) => [
        `${digit}xx`,
        grown('ecs_http_request_duration_seconds_count', `status="${digit}`),
      ]);
      return {
        lagMax: extremes.lagMax,
        lagEnd: lagNow ?? 0,
        settledMs: extremes.settledMs,
        breaker: [...extremes.breaker],
        stored: grown('ecs_events_consumed_total', 'outcome="stored"'),
        deadLetters: grown('ecs_events_consumed_total', 'outcome="parked"'),
        redelivered: grown('ecs_messages_redelivered_total'),
        answered: Object.fromEntries(statuses) as Record<string, number>,
        memoryMaxMb: extremes.memoryMax / 2 ** 20,
        silent: extremes.silent,
      };
    },
  };
  return side;
}

/** The consumer lag, for people. */
export function lagText({ lagMax, lagEnd, settledMs }: SystemReport): string {
  const end = lagEnd === 0 ? `all worked off ${Math.round(settledMs)} ms after the load` : `${lagEnd} left`;
  return `max ${lagMax} messages, ${end}`;
}

interface Page {
  lag: number;
  breakers: string[];
  metrics: Figures;
}

interface StatusPage {
  parts: { consumer?: { pending: number; unacknowledged: number }; breaker?: { state: string } }[];
}

async function ask(url: string): Promise<Page | null> {
  try {
    const get = (path: string) => fetch(`${url}${path}`, { signal: AbortSignal.timeout(ASK_MS) });
    const [status, metrics] = await Promise.all([get('/statusz'), get('/metrics')]);
    const { parts } = (await status.json()) as StatusPage;
    return {
      lag: parts.reduce(
        (total, { consumer }) => total + (consumer ? consumer.pending + consumer.unacknowledged : 0),
        0,
      ),
      breakers: parts.flatMap(({ breaker }) => (breaker ? [breaker.state] : [])),
      metrics: parseMetrics(await metrics.text()),
    };
  } catch {
    return null;
  }
}

/** Prometheus' text: `name{labels} value`. */
export function parseMetrics(text: string): Figures {
  const figures: Figures = new Map();
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ');
    if (line.startsWith('#') || at === -1) continue;
    figures.set(line.slice(0, at), Number(line.slice(at + 1)));
  }
  return figures;
}

function sum(pages: Figures[]): Figures {
  const total: Figures = new Map();
  for (const [key, value] of pages.flatMap((page) => [...page]))
    total.set(key, (total.get(key) ?? 0) + value);
  return total;
}
