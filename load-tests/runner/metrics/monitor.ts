import { createSink } from './sink.ts';
import type { Sample } from '../protocol/metrics.ts';

/**
 * Measures the generator, as k6 does not. An iteration has an intended start; its latency from there counts
 * the time that it waited for the generator (coordinated omission). Late starts and a late event loop mean
 * that the generator measures itself.
 */
export interface Monitor {
  /** Every sample passes here for the timeline. */
  addSample(sample: Sample): void;
  addIteration(delayMs: number, durationMs: number): void;
  tick(now: Gauges): void;
  report(): GeneratorReport;
  timeline: Moment[];
  stop(): void;
}

interface Gauges {
  elapsedMs: number;
  vus: number;
  lag: number | null;
}

/** One second of the test: counts, and latencies in ms of the requests that ended in it. */
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

export interface Latency {
  avg: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
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

const LOOP_MS = 50;
/** Above these the generator disturbs the measurement. */
const LATE_MS = 25;
const CPU_SHARE = 0.9;
/** Starting up takes a core for a moment in every run. */
const CPU_SECONDS = 5;
/** A shorter rest at the end is counted to the second before. */
const SHORTEST_MS = 500;

export function createMonitor(): Monitor {
  const sinks = {
    service: createSink('trend'),
    fromIntended: createSink('trend'),
    startDelay: createSink('trend'),
    loopLag: createSink('trend'),
  };
  const timeline: Moment[] = [];
  let second = emptySecond();
  let tickedMs = 0;
  const cpuAt = process.cpuUsage();
  const startedAt = performance.now();
  let expectedAt = startedAt + LOOP_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    sinks.loopLag.add(Math.max(0, now - expectedAt));
    expectedAt = now + LOOP_MS;
  }, LOOP_MS);

  return {
    timeline,
    addSample({ metric, value }) {
      if (metric === 'http_req_duration') second.durations.push(value);
      else if (metric === 'http_req_failed') second.failures += value;
      else if (metric === 'iterations') second.iterations += value;
      else if (metric === 'dropped_iterations') second.dropped += value;
    },
    addIteration(delayMs, durationMs) {
      sinks.service.add(durationMs);
      sinks.startDelay.add(delayMs);
      sinks.fromIntended.add(delayMs + durationMs);
    },
    tick({ elapsedMs, vus, lag }) {
      const { durations, ...counts } = second;
      const ms = elapsedMs - tickedMs;
      tickedMs = elapsedMs;
      second = emptySecond();
      const before = timeline.at(-1);
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
      timeline.push({
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
    report() {
      const { user, system } = process.cpuUsage(cpuAt);
      const cpuShare = (user + system) / 1000 / Math.max(1, performance.now() - startedAt);
      const [service, fromIntended] = [latencyOf(sinks.service), latencyOf(sinks.fromIntended)];
      const [startDelay, loopLag] = [latencyOf(sinks.startDelay), latencyOf(sinks.loopLag)];
      const figures = { service, fromIntended, startDelay, loopLag, cpuShare };
      return { ...figures, warnings: warningsOf(figures, timeline.length) };
    },
    stop: () => clearInterval(timer),
  };
}

function warningsOf(
  { startDelay, loopLag, cpuShare }: Omit<GeneratorReport, 'warnings'>,
  seconds: number,
): string[] {
  const warnings: string[] = [];
  if (startDelay.p95 > LATE_MS) {
    warnings.push(`iterations started late (p95 ${startDelay.p95.toFixed(0)} ms): the generator is too slow`);
  }
  if (loopLag.p95 > LATE_MS) {
    const lateMs = loopLag.p95.toFixed(0);
    warnings.push(`the generator's event loop was late (p95 ${lateMs} ms): latencies include it`);
  }
  if (cpuShare > CPU_SHARE && seconds > CPU_SECONDS) {
    const percent = (cpuShare * 100).toFixed(0);
    warnings.push(`the generator used ${percent} % of a core: it may be the bottleneck`);
  }
  return warnings;
}

const emptySecond = () => ({ durations: [] as number[], failures: 0, iterations: 0, dropped: 0 });

function latencyOf(sink: ReturnType<typeof createSink>): Latency {
  const get = (name: string) => sink.get(name, 0) ?? 0;
  return { avg: get('avg'), p50: get('med'), p95: get('p(95)'), p99: get('p(99)'), max: get('max') };
}
