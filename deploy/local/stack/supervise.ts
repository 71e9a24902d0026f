import { readFileSync } from 'node:fs';
import { pause } from '../../../platform/kernel/lifecycle.ts';
import type { Child, OnSpawn } from '../processes/child.ts';
import type { ChildState } from './state.ts';
import { identify } from '../processes/process-id.ts';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';

/**
 * Keeps one process running:
 *
 *   starting --responds--> running --ends--> restarting --backoff--> starting
 *   running --needs a restart--> ended by us --> restarting
 *   starting|running --stop()--> stopped
 *   starting --ends with a bad configuration--> stopped, with its words as the cause
 */
export interface Supervised {
  state(): ChildState;
  /** The end of its log. */
  lastLines(): string;
  /** Resolves when it runs for the first time; rejects when it stopped for good before that. */
  started: Promise<void>;
  stop(): Promise<void>;
  /** Has killed it when it returns. */
  kill(): void;
}

/** EX_CONFIG of sysexits.h: to start again would change nothing. */
const EXIT_CONFIG = '78';
const BACKOFF_MS_MIN = 200;
const BACKOFF_MS_MAX = 5000;
/** After so long a life the next death is news again. */
const HEALTHY_MS = 10_000;
const FAULT_CHECK_MS = 20_000;

export function supervise(options: {
  state: Pick<ChildState, 'name' | 'kind' | 'port' | 'opsUrl' | 'services'>;
  /** The signal kills it, also while it starts. */
  start: (signal: AbortSignal, onSpawn: OnSpawn) => Promise<Child>;
  /** Why the running process has to be restarted; null where it need not be. */
  fault?: (() => Promise<string | null>) | undefined;
  /** Milliseconds between two questions about it. */
  faultCheckMs?: number;
  stopSignal: NodeJS.Signals;
  stopDeadlineMs: number;
  logFile: string;
  onChange: () => void;
}): Supervised {
  const state: ChildState = { ...options.state, state: 'starting', restarts: 0 };
  const stopping = new AbortController();
  const killing = new AbortController();
  const first = Promise.withResolvers<void>();
  // Awaiting callers get the failure; nothing has to await it.
  first.promise.catch(() => {});
  let child: Child | undefined;

  const change = (next: Partial<ChildState>) => {
    Object.assign(state, next);
    options.onChange();
  };

  const runOnce = async (): Promise<End> => {
    // Known before it responds: this process may die meanwhile, and the next one has to find it.
    child = await options.start(killing.signal, (pid) => change(identify(pid)));
    if (stopping.signal.aborted) {
      // A stop came while it started, and found nothing to end.
      await child.stop(options.stopSignal, options.stopDeadlineMs);
      return { code: await child.exited };
    }
    const { pid, startedAt } = identify(child.pid);
    change({ state: 'running', pid, startedAt });
    first.resolve();
    return untilEnd(child, options);
  };

  const run = async (): Promise<void> => {
    let backoffMs = BACKOFF_MS_MIN;
    while (!stopping.signal.aborted) {
      const startedMs = monotonicMs();
      const ended = await runOnce().catch((error: Error) => error);
      child = undefined;
      if (stopping.signal.aborted) break;
      const cause = ended instanceof Error ? ended.message : (ended.fault ?? `ended with ${ended.code}`);
      if ('code' in ended && ended.code === EXIT_CONFIG) {
        change({ state: 'stopped', cause: lastLines(options.logFile) });
        first.reject(new Error(`${state.name}: ${state.cause}`));
        return;
      }
      if (monotonicMs() - startedMs > HEALTHY_MS) backoffMs = BACKOFF_MS_MIN;
      change({ state: 'restarting', restarts: state.restarts + 1, cause });
      await pause(backoffMs, stopping.signal);
      backoffMs = Math.min(2 * backoffMs, BACKOFF_MS_MAX);
    }
    change({ state: 'stopped' });
    first.reject(new Error(`${state.name} was stopped`));
  };

  const running = run();
  return {
    state: () => ({ ...state }),
    lastLines: () => lastLines(options.logFile),
    started: first.promise,
    async stop() {
      stopping.abort();
      await child?.stop(options.stopSignal, options.stopDeadlineMs);
      await running;
    },
    kill() {
      stopping.abort();
      killing.abort();
    },
  };
}

/** The end of a process, with the fault for which it was ended, if any. */
interface End {
  code: string;
  fault?: string;
}

/** Resolves when a process has ended, which one that has to be restarted is made to. */
async function untilEnd(
  child: Child,
  options: Pick<Parameters<typeof supervise>[0], 'fault' | 'faultCheckMs' | 'stopSignal' | 'stopDeadlineMs'>,
): Promise<End> {
  const { fault: ask, faultCheckMs = FAULT_CHECK_MS, stopSignal, stopDeadlineMs } = options;
  if (!ask) return { code: await child.exited };
  const exited = new AbortController();
  void child.exited.then(() => exited.abort());
  for (;;) {
    await pause(faultCheckMs, exited.signal);
    if (exited.signal.aborted) return { code: await child.exited };
    // One that does not say may be busy, or at its end.
    const fault = await ask().catch(() => null);
    if (fault === null) continue;
    await child.stop(stopSignal, stopDeadlineMs);
    return { code: await child.exited, fault };
  }
}

export function lastLines(file: string, count = 12): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}
