import { EXIT, RunError, ScriptError } from '../core/failures.ts';
import { createHttpClient, type HttpClient } from '../http/http-client.ts';
import { createMetricStore, type MetricStore } from '../metrics/metric-store.ts';
import { createMonitor, type GeneratorReport, type Moment } from '../metrics/monitor.ts';
import { type Options, readOptions } from '../options/options.ts';
import { type ScriptExports, type Sample, STATS, type UserSetup } from '../protocol/protocol.ts';
import { type Context, plannedUsers, type RunRequest, runScenarios, type Style } from './scenarios.ts';
import { canBlock, loadScript, type Script } from '../script/script.ts';
import { type SummaryData, summarize } from '../metrics/summary.ts';
import { createSystemSide, type SystemReport } from '../metrics/system-side.ts';
import { type Main, openLoopUser, openWorkerUser, type User } from '../script/user.ts';
import { createUserPool } from '../script/user-pool.ts';

export interface RunResult {
  exitCode: number;
  style: Style;
  data: SummaryData;
  store: MetricStore;
  generator: GeneratorReport;
  system: SystemReport | null;
  timeline: Moment[];
  /** The result of the script's `handleSummary`; null when it has none, or it failed. */
  handled: Record<string, unknown> | null;
}

/** Filled in once the script's options were read. */
interface Hooks {
  emit(sample: Sample): void;
  http?: HttpClient;
  failed?: string;
}

/** Throws a RunError when the test could not begin or its setup failed. */
export async function runTest(request: RunRequest): Promise<RunResult> {
  const { env, signal, log } = request;
  const script = await loadScript(request.file);
  const stats = new SharedArrayBuffer(8 * Object.keys(STATS).length);
  const hooks: Hooks = { emit: () => {} };
  const main = createMain(hooks, log);
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
    const { scriptExports } = first;
    const options = readOptions(scriptExports.options, request.overrides);
    checkFunctions(options, scriptExports);
    const store = createMetricStore(scriptExports.metrics, options);
    first.giveOptions(options);
    main.batch = { all: options.http.batch, host: options.http.batchPerHost };
    const style = await styleOf(script, options, scriptExports);
    const open = async (id: number): Promise<User> => {
      if (signal.aborted) throw new RunError('the test was interrupted before it began', EXIT.interrupted);
      const its = { ...setup(id), shared: scriptExports.shared, options };
      return style === 'workers' ? openWorkerUser(its, main) : openLoopUser(its, main);
    };
    const monitor = createMonitor();
    hooks.emit = (sample) => {
      store.add(sample);
      monitor.see(sample);
    };
    hooks.http = createHttpClient(options.http, hooks.emit);
    const pool = createUserPool(open);
    const context = {
      request,
      options,
      scriptExports,
      first,
      store,
      monitor,
      pool,
      stats: new Float64Array(stats),
    };
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
  }
}

function createMain(hooks: Hooks, log: RunRequest['log']): Main {
  return {
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
}

/** Setup, scenarios, teardown, summary. */
async function perform(context: Context) {
  const { request, options, scriptExports, first, store, monitor, stats } = context;
  const side = request.opsUrls.length > 0 ? createSystemSide(request.opsUrls) : null;
  await side?.sample();
  const startedAt = performance.now();
  stats[STATS.startedAt] = performance.timeOrigin + startedAt;
  let setupData: string | undefined;
  if (scriptExports.functions.setup && !options.noSetup) {
    setupData = await Promise.race([
      call(first, 'setup', [], options.setupTimeoutMs),
      interruption(request.signal),
    ]);
  }
  const { ending: stopped, endedAt } = await runScenarios(context, { setupData, startedAt, side });
  let ending = stopped;
  if (scriptExports.functions.teardown && !options.noTeardown) {
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
  await side?.settle();
  const noColor = 'NO_COLOR' in request.env;
  const data = summarize({ store, options, noColor, elapsedMs, setupData });
  let handled: Record<string, unknown> | null = null;
  if (scriptExports.functions.handleSummary) {
    const summaryText = await call(
      first,
      'handleSummary',
      [JSON.stringify(data)],
      options.teardownTimeoutMs,
    ).catch((error: RunError) => request.log('error', error.message));
    handled =
      summaryText === undefined || summaryText === null
        ? null
        : (JSON.parse(summaryText) as Record<string, unknown>);
  }
  return { ending, data, handled, generator: monitor.report(), system: side?.report() ?? null };
}

/** Rejects when the test is interrupted. */
function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new RunError('the test was interrupted in its setup', EXIT.interrupted));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}

/** Returns the JSON of a script function's result. Throws a RunError when it threw or took too long. */
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

function checkFunctions(options: Options, { functions }: ScriptExports): void {
  for (const { name, exec } of options.scenarios) {
    if (functions[exec]) continue;
    const message = `executor ${name}: function '${exec}' not found in exports`;
    throw new RunError(
      `There were problems with the specified script configuration: ${message}`,
      EXIT.config,
    );
  }
}

/** Uses the event loop only for scripts that certainly never block; workers are right for everything. */
async function styleOf(script: Script, options: Options, { functions }: ScriptExports): Promise<Style> {
  const used = [...new Set(options.scenarios.map(({ exec }) => exec))];
  if (used.some((name) => functions[name] !== 'async')) return 'workers';
  return (await canBlock(script, used)) ? 'workers' : 'event loop';
}
