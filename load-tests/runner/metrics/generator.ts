import { createSink, type Sink } from './sink.ts';

/**
 * Measures the generator, as k6 does not. An iteration has an intended start; its latency from there counts
 * the time that it waited for the generator (coordinated omission). Late starts and a late event loop mean
 * that the generator measures itself.
 */
export interface GeneratorMonitor {
  addIteration(delayMs: number, durationMs: number): void;
  /** Adds a lag of the thread on which asynchronous users run. */
  addLoopLag(ms: number): void;
  /** Counts a request of the main thread, whose times are those around fetch. */
  countFetch(): void;
  report(requests: RequestFigures): GeneratorReport;
  stop(): void;
}

interface RequestFigures {
  count: number;
  /** The median of `http_req_duration`. */
  medianMs: number;
  /** Whether all of them share an event loop with their users. */
  areShared: boolean;
  /** The reason for which none is measured at the socket. */
  reason: string | undefined;
}

export interface GeneratorReport {
  /** From start to end of an iteration, as `iteration_duration`. */
  service: Latency;
  /** From the intended start to the end. */
  fromIntended: Latency;
  startDelay: Latency;
  loopLag: Latency;
  /** Of a core, the main thread's and the workers' together. */
  cpuShare: number;
  /** The requests by the place of their measurement. */
  requests: { atSocket: number; aroundFetch: number; reason?: string };
  warnings: string[];
}

export interface Latency {
  avg: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
}

const LOOP_MS = 50;
/** Above these the generator disturbs the measurement. */
const LATE_MS = 25;
const CPU_SHARE = 0.9;
/** A queue of the generator that is a smaller part of the latency, or shorter, is not worth a word. */
const QUEUE_SHARE = 0.25;
const QUEUE_MIN_MS = 1;
const QUEUE_SAMPLES_MIN = 20;
/** Starting up takes a core for a moment in every run. */
const CPU_MIN_MS = 6000;

export function createGeneratorMonitor(): GeneratorMonitor {
  const service = createSink('trend');
  const fromIntended = createSink('trend');
  const startDelay = createSink('trend');
  const loopLag = createSink('trend');
  const cpuAtStart = process.cpuUsage();
  const startedAt = performance.now();
  let fetched = 0;
  const stop = measureLoopLag((ms) => loopLag.add(ms));
  return {
    addIteration(delayMs, durationMs) {
      service.add(durationMs);
      startDelay.add(delayMs);
      fromIntended.add(delayMs + durationMs);
    },
    countFetch() {
      fetched += 1;
    },
    report({ count, medianMs, areShared, reason }) {
      const { user, system } = process.cpuUsage(cpuAtStart);
      const elapsedMs = Math.max(1, performance.now() - startedAt);
      const figures = {
        service: latencyOf(service),
        fromIntended: latencyOf(fromIntended),
        startDelay: latencyOf(startDelay),
        loopLag: latencyOf(loopLag),
        cpuShare: (user + system) / 1000 / elapsedMs,
      };
      const aroundFetch = areShared ? count : Math.min(count, fetched);
      const requests = { atSocket: count - aroundFetch, aroundFetch, ...(reason ? { reason } : {}) };
      const samples = loopLag.get('count', 0) ?? 0;
      const lag =
        aroundFetch === 0
          ? []
          : [
              ...lagWarning(figures.loopLag),
              ...queueWarning(figures.loopLag, { requestMs: medianMs, samples }),
            ];
      return { ...figures, requests, warnings: [...warningsOf(figures, elapsedMs), ...lag] };
    },
    addLoopLag: (ms) => loopLag.add(ms),
    stop,
  };
}

/** Measures how late this thread's event loop is. Returns the end of it. */
export function measureLoopLag(report: (ms: number) => void): () => void {
  let expectedAt = performance.now() + LOOP_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    report(Math.max(0, now - expectedAt));
    expectedAt = now + LOOP_MS;
  }, LOOP_MS);
  return () => clearInterval(timer);
}

function warningsOf(
  { startDelay, cpuShare }: Pick<GeneratorReport, 'startDelay' | 'cpuShare'>,
  elapsedMs: number,
): string[] {
  const warnings: string[] = [];
  if (startDelay.p95 > LATE_MS) {
    warnings.push(`iterations started late (p95 ${startDelay.p95.toFixed(0)} ms): the generator is too slow`);
  }
  if (cpuShare > CPU_SHARE && elapsedMs > CPU_MIN_MS) {
    const percent = (cpuShare * 100).toFixed(0);
    warnings.push(`the generator used ${percent} % of a core: it may be the bottleneck`);
  }
  return warnings;
}

function lagWarning({ p95 }: Latency): string[] {
  if (p95 <= LATE_MS) return [];
  return [`the generator's event loop was late (p95 ${p95.toFixed(0)} ms): latencies include it`];
}

/** Warns when a good part of the latency of requests may be the wait for the generator's own event loop. */
export function queueWarning(
  { p50 }: Pick<Latency, 'p50'>,
  { requestMs, samples }: { requestMs: number; samples: number },
): string[] {
  if (samples < QUEUE_SAMPLES_MIN || p50 < QUEUE_MIN_MS || p50 < requestMs * QUEUE_SHARE) return [];
  const lag = `median ${p50.toFixed(1)} ms`;
  const duration = `that of http_req_duration is ${requestMs.toFixed(1)} ms`;
  return [`the generator's event loop was busy (${lag}; ${duration}): latencies include its own queue`];
}

function latencyOf(sink: Sink): Latency {
  const get = (name: string) => sink.get(name, 0) ?? 0;
  return { avg: get('avg'), p50: get('med'), p95: get('p(95)'), p99: get('p(99)'), max: get('max') };
}
