import { createConductor, type Progress, sleepUnlessAborted, type Test } from './conductor.ts';
import { runExecutor } from './executors.ts';
import { EXIT, RunError, ScriptError } from './failures.ts';
import { createHttpClient, type HttpClient } from './http-client.ts';
import { createMetricStore, type MetricStore } from './metric-store.ts';
import { createMonitor, type GeneratorReport, type Moment } from './monitor.ts';
import { type Options, type Overrides, readOptions } from './options.ts';
import { type Found, type LogLevel, type Sample, STATS, type UserSetup } from './protocol.ts';
import { type Scenario, scenarioMs, scenarioVUs } from './scenario-options.ts';
import { canBlock, loadScript, type Script } from './script.ts';
import { type SummaryData, summarize } from './summary.ts';
import { createSystemSide, type SystemReport } from './system-side.ts';
import { type Main, openLoopUser, openWorkerUser, type User } from './user.ts';
import { createUserPool } from './user-pool.ts';

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
  onStart?(options: Options, style: RunResult['style']): void;
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

export interface RunResult {
  exitCode: number;
  /** Whether users blocked in workers or shared the event loop. */
  style: 'workers' | 'event loop';
  data: SummaryData;
  store: MetricStore;
  generator: GeneratorReport;
  system: SystemReport | null;
  timeline: Moment[];
  /** What the script's `handleSummary` returned; null when it has none, or it failed. */
  handled: Record<string, unknown> | null;
}

const TICK_MS = 1000;
const THRESHOLDS_MS = 2000;

/** Throws a RunError when the test could not begin or its setup failed. */
export async function runTest(request: RunRequest): Promise<RunResult> {
  const { env, signal, log } = request;
  const script = await loadScript(request.file);
  const stats = new SharedArrayBuffer(8 * Object.keys(STATS).length);
  const hooks: { emit(sample: Sample): void; http?: HttpClient; failed?: string } = { emit: () => {} };
  const main: Main = {
    http: () => {
      if (!hooks.http) throw new Error('no network before the test has begun');
      return hooks.http;
    },
    batch: { all: 20, host: 6 },
    emit: (sample) => hooks.emit(sample),
    log,
    markFailed: (reason) => {
      hooks.failed = reason;
      log('error', `test marked as failed: ${reason}`);
    },
  };
  const setup = (id: number): UserSetup => ({
    id,
    code: script.code,
    path: script.path,
    sourceMap: script.sourceMap,
    env,
    stats,
  });
  const first = await openWorkerUser(setup(0), main);
  try {
    const { found } = first;
    const options = readOptions(found.options, request.overrides);
    checkFunctions(options, found);
    const store = createMetricStore(found.metrics, options);
    first.giveOptions(options);
    main.batch = { all: options.http.batch, host: options.http.batchPerHost };
    const style = await styleOf(script, options, found);
    const open = async (id: number): Promise<User> => {
      const its = { ...setup(id), shared: found.shared, options };
      return style === 'workers' ? openWorkerUser(its, main) : openLoopUser(its, main);
    };
    const monitor = createMonitor();
    hooks.emit = (sample) => {
      store.add(sample);
      monitor.see(sample);
    };
    hooks.http = createHttpClient(options.http, hooks.emit);
    const pool = createUserPool(open);
    const context = { request, options, found, first, store, monitor, pool, stats: new Float64Array(stats) };
    try {
      await pool.prepare(plannedUsers(options.scenarios));
      request.onStart?.(options, style);
      const { ending, ...figures } = await perform(context);
      const exitCode = ending ?? (hooks.failed === undefined ? EXIT.ok : EXIT.markedAsFailed);
      return { exitCode, style, store, timeline: monitor.timeline, ...figures };
    } finally {
      pool.close();
      monitor.stop();
    }
  } finally {
    first.close();
    if (signal.aborted) log('error', 'test run was aborted');
  }
}

interface Context {
  request: RunRequest;
  options: Options;
  found: Found;
  first: User;
  store: MetricStore;
  monitor: ReturnType<typeof createMonitor>;
  pool: ReturnType<typeof createUserPool>;
  stats: Float64Array;
}

/** Setup, scenarios, teardown, summary. */
async function perform(context: Context) {
  const { request, options, found, first, store, monitor, stats } = context;
  const side = request.opsUrls.length > 0 ? createSystemSide(request.opsUrls) : null;
  await side?.sample();
  const startedAt = performance.now();
  stats[STATS.startedAt] = performance.timeOrigin + startedAt;
  let setupData: string | undefined;
  if (found.functions.setup && !options.noSetup) {
    setupData = await call(first, 'setup', [], options.setupTimeoutMs);
  }
  const { ending: stopped, endedAt } = await runScenarios(context, { setupData, startedAt, side });
  let ending = stopped;
  if (found.functions.teardown && !options.noTeardown) {
    await call(first, 'teardown', [setupData], options.teardownTimeoutMs).catch((error: RunError) => {
      request.log('error', error.message);
      ending ??= error.exitCode;
    });
  }
  const elapsedMs = (endedAt ?? performance.now()) - startedAt;
  const { crossed } = store.evaluate(elapsedMs);
  if (crossed.length > 0) {
    request.log('error', `thresholds on metrics '${crossed.join(', ')}' have been crossed`);
    ending ??= EXIT.thresholds;
  }
  await side?.sample();
  const data = summarize({ store, options, elapsedMs, setupData });
  let handled: Record<string, unknown> | null = null;
  if (found.functions.handleSummary) {
    const told = await call(first, 'handleSummary', [JSON.stringify(data)], options.teardownTimeoutMs).catch(
      (error: RunError) => request.log('error', error.message),
    );
    handled = told === undefined || told === null ? null : (JSON.parse(told) as Record<string, unknown>);
  }
  return { ending, data, handled, generator: monitor.report(), system: side?.report() ?? null };
}

interface Begun {
  setupData: string | undefined;
  startedAt: number;
  side: ReturnType<typeof createSystemSide> | null;
}

async function runScenarios(context: Context, { setupData, startedAt, side }: Begun) {
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
  request.signal.addEventListener('abort', () => stop(EXIT.interrupted, 'interrupted'), { once: true });
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
  stats[STATS.initialized] = pool.size();
  const tick = () => {
    stats[STATS.initialized] = pool.size();
    const vus = stats[STATS.active] ?? 0;
    test.emit({ metric: 'vus', value: vus, tags: {} });
    test.emit({ metric: 'vus_max', value: pool.size(), tags: {} });
    monitor.tick({ elapsedMs: elapsedMs(), vus, lag: side?.lag() ?? null });
    void side?.sample();
    const moment = monitor.timeline.at(-1);
    const [completed = 0, interrupted = 0] = [stats[STATS.completed], stats[STATS.interrupted]];
    const state = { elapsedMs: elapsedMs(), vus, vusMax: pool.size(), completed, interrupted };
    if (moment) request.onTick?.({ ...state, store, moment, scenarios: shown });
  };
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

/** The JSON of what a function of the script returned. Throws a RunError when it threw or took too long. */
async function call(
  user: User,
  name: 'setup' | 'teardown' | 'handleSummary',
  args: (string | undefined)[],
  timeoutMs: number,
): Promise<string | undefined> {
  const late = Bun.sleep(timeoutMs).then(() => 'late' as const);
  const outcome = await Promise.race([user.run({ kind: 'call', name, args }), late]);
  if (outcome === 'late') {
    const exitCode = name === 'setup' ? EXIT.setupTimeout : EXIT.teardownTimeout;
    throw new RunError(`${name}() execution timed out after ${timeoutMs / 1000} seconds`, exitCode);
  }
  if (outcome.kind === 'aborted') throw new RunError(`test aborted: ${outcome.reason}`, EXIT.aborted);
  if (outcome.kind === 'interrupted') throw new ScriptError(`${name}() was interrupted`);
  if (outcome.error !== undefined) throw new ScriptError(outcome.error);
  return outcome.result;
}

function checkFunctions(options: Options, { functions }: Found): void {
  for (const { name, exec } of options.scenarios) {
    if (functions[exec]) continue;
    const message = `executor ${name}: function '${exec}' not found in exports`;
    throw new RunError(
      `There were problems with the specified script configuration: ${message}`,
      EXIT.config,
    );
  }
}

/** The event loop only for what certainly never blocks; workers are right for everything. */
async function styleOf(script: Script, options: Options, { functions }: Found): Promise<RunResult['style']> {
  const used = [...new Set(options.scenarios.map(({ exec }) => exec))];
  if (used.some((name) => functions[name] !== 'async')) return 'workers';
  return (await canBlock(script, used)) ? 'workers' : 'event loop';
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
