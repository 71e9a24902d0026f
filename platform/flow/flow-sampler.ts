import type { Flow } from '../../sdk/contracts/operator-flow.ts';
import { findProcesses } from '../http/ops-addresses.ts';
import { pause, untilAborted } from '../kernel/lifecycle.ts';
import { readFlow } from './read-flow.ts';
import { type ProcessSample, sampleProcess } from './sample-process.ts';
import { monotonicMs } from '../kernel/monotonic-ms.ts';

/**
 * Looks at all processes for as long as anybody watches: one sampler for all viewers, idle without any.
 * Rates are over a window that slides.
 */
export interface FlowSampler {
  /** Returns the flow of this moment; waits for a second sample where there is none to compare with. */
  read(signal?: AbortSignal): Promise<Flow>;
  /** Yields the flow now, and after each sample; a slow viewer misses samples. Ends at `signal`. */
  watch(signal: AbortSignal): AsyncGenerator<Flow, void, void>;
  viewers(): number;
}

const EVERY_MS = 2500;
/** Between the first two samples, so that there are rates soon. */
const FIRST_MS = 1000;
const WINDOW_MS = 10_000;
const ADDRESSES_MS = 30_000;

export function createFlowSampler({
  opsUrls,
  everyMs = EVERY_MS,
}: {
  /** The private addresses of all processes; a name may stand for many. */
  opsUrls: readonly string[];
  everyMs?: number;
}): FlowSampler {
  let viewers = 0;
  let isRunning = false;
  let rounds: ProcessSample[][] = [];
  let before = new Map<string, ProcessSample>();
  let latest: { flow: Flow; atMs: number } | null = null;
  let sleep = new AbortController();
  let next = Promise.withResolvers<Flow>();
  const addresses = createAddresses(opsUrls);

  const sample = async (): Promise<void> => {
    const urls = await addresses();
    const samples = await Promise.all(urls.map((url) => sampleProcess(url, before.get(url))));
    before = new Map(samples.map((process, at) => [urls[at] ?? '', process]));
    const nowMs = monotonicMs();
    rounds = rounds.filter(([first]) => first && nowMs - first.atMs <= WINDOW_MS);
    const flow = readFlow(oldestOf(rounds), samples);
    const isFirst = rounds.length === 0;
    rounds.push(samples);
    if (isFirst) return;
    latest = { flow, atMs: monotonicMs() };
    const { resolve } = next;
    next = Promise.withResolvers<Flow>();
    resolve(flow);
  };
  const run = async (): Promise<void> => {
    isRunning = true;
    while (isWatched()) {
      await sample();
      if (!isWatched()) break;
      sleep = new AbortController();
      await pause(rounds.length === 1 ? Math.min(FIRST_MS, everyMs) : everyMs, sleep.signal);
    }
    isRunning = false;
  };
  const isWatched = () => viewers > 0;
  const enter = () => {
    viewers += 1;
    if (!isRunning) void run();
  };
  const leave = () => {
    viewers -= 1;
    if (viewers === 0) sleep.abort();
  };
  const fresh = () => (latest && monotonicMs() - latest.atMs < 2 * everyMs ? latest.flow : null);

  return {
    async read(signal) {
      const flow = fresh();
      if (flow) return flow;
      enter();
      try {
        return await (signal ? untilAborted(next.promise, signal) : next.promise);
      } finally {
        leave();
      }
    },
    async *watch(signal) {
      enter();
      try {
        let upcoming = next.promise;
        const flow = fresh();
        if (flow) yield flow;
        while (!signal.aborted) {
          const flow = await untilAborted(upcoming, signal).catch(() => null);
          if (!flow) return;
          upcoming = next.promise;
          yield flow;
        }
      } finally {
        leave();
      }
    },
    viewers: () => viewers,
  };
}

/** The earliest sample of each process that responded. */
function oldestOf(rounds: ProcessSample[][]): Map<string, ProcessSample> {
  const oldest = new Map<string, ProcessSample>();
  for (const sample of rounds.flat()) {
    if (sample.page && !oldest.has(sample.process)) oldest.set(sample.process, sample);
  }
  return oldest;
}

/** Names are resolved anew from time to time: replicas come and go. */
function createAddresses(opsUrls: readonly string[]): () => Promise<string[]> {
  let resolved: { urls: string[]; atMs: number } | null = null;
  return async () => {
    if (!resolved || monotonicMs() - resolved.atMs > ADDRESSES_MS) {
      resolved = { urls: await findProcesses([...opsUrls]), atMs: monotonicMs() };
    }
    return resolved.urls;
  };
}
