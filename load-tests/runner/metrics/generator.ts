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
  /** Compares with the median of `http_req_duration`, in ms. */
  report(requestMs: number): GeneratorReport;
  stop(): void;
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
  const stop = measureLoopLag((ms) => loopLag.add(ms));
  return {
    addIteration(delayMs, durationMs) {
      service.add(durationMs);
      startDelay.add(delayMs);
      fromIntended.add(delayMs + durationMs);
    },
    report(requestMs) {
      const { user, system } = process.cpuUsage(cpuAtStart);
      const elapsedMs = Math.max(1, performance.now() - startedAt);
      const figures = {
        service: latencyOf(service),
        fromIntended: latencyOf(fromIntended),
        startDelay: latencyOf(startDelay),
        loopLag: latencyOf(loopLag),
        cpuShare: (user + system) / 1000 / elapsedMs,
      };
      const queue = queueWarning(figures.loopLag, { requestMs, samples: loopLag.get('count', 0) ?? 0 });
      return { ...figures, warnings: [...warningsOf(figures, elapsedMs), ...queue] };
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
  { startDelay, loopLag, cpuShare }: Omit<GeneratorReport, 'warnings'>,
  elapsedMs: number,
): string[] {
  const warnings: string[] = [];
  if (startDelay.p95 > LATE_MS) {
    warnings.push(`iterations started late (p95 ${startDelay.p95.toFixed(0)} ms): the generator is too slow`);
  }
  if (loopLag.p95 > LATE_MS) {
    const lateMs = loopLag.p95.toFixed(0);
    warnings.push(`the generator's event loop was late (p95 ${lateMs} ms): latencies include it`);
  }
  if (cpuShare > CPU_SHARE && elapsedMs > CPU_MIN_MS) {
    const percent = (cpuShare * 100).toFixed(0);
    warnings.push(`the generator used ${percent} % of a core: it may be the bottleneck`);
  }
  return warnings;
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
