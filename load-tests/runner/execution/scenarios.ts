import { createConductor, type Progress, sleepUnlessAborted, type Test } from './conductor.ts';
import { runExecutor } from './executors.ts';
import { EXIT } from '../core/failures.ts';
import type { MetricStore } from '../metrics/metric-store.ts';
import type { createMonitor, Moment } from '../metrics/monitor.ts';
import type { Options, Overrides } from '../options/options.ts';
import { type ScriptExports, type LogLevel, STATS } from '../protocol/protocol.ts';
import { type Scenario, scenarioMs, scenarioVUs } from '../options/scenario-options.ts';
import type { createSystemSide } from '../metrics/system-side.ts';
import type { User } from '../script/user.ts';
import type { UserPool } from '../script/user-pool.ts';

/** Whether users block in workers of their own or share the event loop. */
export type Style = 'workers' | 'event loop';

/** One test, from the file to its figures. Printing and files are the caller's. */
export interface RunRequest {
  file: string;
  env: Record<string, string>;
  overrides: Overrides;
  /** Private addresses of the system's processes; none when it is not ours. */
  opsUrls: string[];
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  log(level: LogLevel, text: string): void;
  /** Told once, before the first iteration. */
  onStart?(options: Options, style: Style): void;
  /** Told every second. */
  onTick?(state: TickState): void;
}

export interface TickState {
  elapsedMs: number;
  vus: number;
  vusMax: number;
  completed: number;
  interrupted: number;
  store: MetricStore;
  moment: Moment;
  scenarios: Progress[];
}

export interface Context {
  request: RunRequest;
  options: Options;
  scriptExports: ScriptExports;
  first: User;
  store: MetricStore;
  monitor: ReturnType<typeof createMonitor>;
  pool: UserPool;
  stats: Float64Array;
}

const TICK_MS = 1000;
const THRESHOLDS_MS = 2000;

interface Begun {
  setupData: string | undefined;
  startedAt: number;
  side: ReturnType<typeof createSystemSide> | null;
}

/** Runs all scenarios to their end, or to that of the test. Says with which exit code it was ended early. */
export async function runScenarios(context: Context, { setupData, startedAt, side }: Begun) {
  const { request, options, store, monitor, pool, stats } = context;
  const controller = new AbortController();
  const end = AbortSignal.any([controller.signal, request.signal]);
  let ending: number | undefined;
  const stop = (exitCode: number, text: string) => {
    if (ending !== undefined) return;
    ending = exitCode;
    request.log('error', text);
    controller.abort();
  };
  const interrupt = () => stop(EXIT.interrupted, 'the test was interrupted');
  request.signal.addEventListener('abort', interrupt, { once: true });
  if (request.signal.aborted) interrupt();
  const test: Test = {
    pool,
    data: setupData,
    stats,
    emit: (sample) => {
      store.add(sample);
      monitor.see(sample);
    },
    finished: monitor.finished,
    scriptError: (scenario, text) => request.log('error', `${text}  executor scenario=${scenario}`),
    abort: (reason) => stop(EXIT.aborted, `test aborted: ${reason}`),
    signal: end,
    minIterationDurationMs: options.minIterationDurationMs,
  };
  const shown: Progress[] = options.scenarios.map(({ name }) => ({ scenario: name, share: 0, text: '' }));
  const elapsedMs = () => performance.now() - startedAt;
  const tick = createTick(context, { side, elapsedMs, shown, emit: test.emit });
  const ticker = setInterval(tick, TICK_MS);
  const judge = setInterval(() => {
    const { crossed, abort } = store.evaluate(elapsedMs());
    if (abort) stop(EXIT.thresholds, `thresholds on metrics '${crossed.join(', ')}' were crossed; ending`);
  }, THRESHOLDS_MS);
  try {
    await Promise.all(
      options.scenarios.map(async (scenario, index) => {
        await sleepUnlessAborted(scenario.startTimeMs, end);
        const progress = shown[index];
        if (progress && !end.aborted) await runExecutor(createConductor(test, scenario, progress));
      }),
    );
  } finally {
    clearInterval(ticker);
    clearInterval(judge);
  }
  const endedAt = performance.now();
  monitor.tick({ elapsedMs: elapsedMs(), vus: 0, lag: side?.lag() ?? null });
  return { ending, endedAt };
}

interface Ticking {
  side: Begun['side'];
  elapsedMs: () => number;
  shown: Progress[];
  emit: Test['emit'];
}

/** Measures and reports once a second. */
function createTick(
  { request, store, monitor, pool, stats }: Context,
  { side, elapsedMs, shown, emit }: Ticking,
) {
  stats[STATS.initialized] = pool.size();
  return (): void => {
    stats[STATS.initialized] = pool.size();
    const vus = stats[STATS.active] ?? 0;
    emit({ metric: 'vus', value: vus, tags: {} });
    emit({ metric: 'vus_max', value: pool.size(), tags: {} });
    monitor.tick({ elapsedMs: elapsedMs(), vus, lag: side?.lag() ?? null });
    void side?.sample();
    const moment = monitor.timeline.at(-1);
    const [completed = 0, interrupted = 0] = [stats[STATS.completed], stats[STATS.interrupted]];
    const state = { elapsedMs: elapsedMs(), vus, vusMax: pool.size(), completed, interrupted };
    if (moment) request.onTick?.({ ...state, store, moment, scenarios: shown });
  };
}

/** How many users the scenarios need at the same moment, at the most. */
export function plannedUsers(scenarios: Scenario[]): number {
  const needs = scenarios.map((scenario) => ({
    from: scenario.startTimeMs,
    to: scenario.startTimeMs + scenarioMs(scenario) + scenario.gracefulStopMs,
    count: scenarioVUs(scenario).planned,
  }));
  const at = (ms: number) =>
    needs.reduce((sum, { from, to, count }) => (from <= ms && ms < to ? sum + count : sum), 0);
  return Math.max(...needs.map(({ from }) => at(from)));
}
