import { createHttpClient, type HttpClient } from '../http/http-client.ts';
import { createMetricStore, type MetricStore } from '../metrics/metric-store.ts';
import { createGeneratorMonitor, type GeneratorReport } from '../metrics/generator.ts';
import { type SummaryData, summarize } from '../metrics/summary.ts';
import { createSystemSide, type SystemReport } from '../metrics/system-side.ts';
import { createTimeline, type Moment } from '../metrics/timeline.ts';
import { type Options, readOptions } from '../options/options.ts';
import { EXIT, RunError } from '../protocol/endings.ts';
import { type ScriptExports, STATS, type UserSetup } from '../protocol/messages.ts';
import type { Sample } from '../protocol/metrics.ts';
import { canBlock } from '../script/blocking-calls.ts';
import { openLoopUser } from '../script/loop-user.ts';
import { loadScript, type Script } from '../script/script.ts';
import { createUserPool } from '../script/user-pool.ts';
import type { MainThread, User } from '../script/user.ts';
import { openWorkerUser } from '../script/worker-user.ts';
import { callScript } from './call-script.ts';
import type { Context, RunRequest, Style } from './context.ts';
import { plannedUsers, runScenarios } from './scenarios.ts';

export interface RunResult {
  exitCode: number;
  style: Style;
  data: SummaryData;
  store: MetricStore;
  generator: GeneratorReport;
  system: SystemReport | null;
  timeline: Moment[];
  /** The result of the script's `handleSummary`; null when it has none, or it failed. */
  summaryFiles: Record<string, unknown> | null;
}

/** Throws a RunError when the test could not begin or its setup failed. */
export async function runTest(request: RunRequest): Promise<RunResult> {
  const script = await loadScript(request.file);
  const stats = new SharedArrayBuffer(8 * Object.keys(STATS).length);
  const { code, path, sourceMap } = script;
  const setup = { code, path, sourceMap, env: request.env, stats };
  const wiring: Wiring = { emit: () => {} };
  const main = createMainThread(wiring, request.log);
  const firstUser = await openWorkerUser({ ...setup, id: 0 }, main);
  try {
    const { scriptExports } = firstUser;
    const options = readOptions(scriptExports.options, request.overrides);
    checkFunctions(options, scriptExports);
    const store = createMetricStore(scriptExports.metrics, options);
    firstUser.setOptions(options);
    main.batchLimits = options.http;
    const style = await chooseStyle(script, options, scriptExports);
    const openUser = (id: number) => {
      const userSetup = { ...setup, id, shared: scriptExports.shared, options };
      return openUserFor(style, userSetup, main, request.signal);
    };
    const timeline = createTimeline();
    wiring.emit = (sample) => {
      store.add(sample);
      timeline.addSample(sample);
    };
    wiring.http = createHttpClient(options.http, wiring.emit);
    const pool = createUserPool(openUser);
    const systemSide = request.opsUrls.length > 0 ? createSystemSide(request.opsUrls) : null;
    const generator = createGeneratorMonitor();
    const context: Context = {
      request,
      options,
      scriptExports,
      firstUser,
      store,
      timeline,
      generator,
      pool,
      stats: new Float64Array(stats),
      systemSide,
    };
    try {
      await pool.prepare(plannedUsers(options.scenarios));
      request.onStart?.(options, style);
      const { exitCode, ...figures } = await perform(context);
      const defaultCode = wiring.failure === undefined ? EXIT.ok : EXIT.markedAsFailed;
      return { exitCode: exitCode ?? defaultCode, style, store, timeline: timeline.moments, ...figures };
    } finally {
      pool.close();
      generator.stop();
    }
  } finally {
    firstUser.close();
  }
}

/** The parts of the main thread that exist only once the script's options were read. */
interface Wiring {
  emit(sample: Sample): void;
  http?: HttpClient;
  /** The reason of `exec.test.fail()`. */
  failure?: string;
}

function createMainThread(wiring: Wiring, log: RunRequest['log']): MainThread {
  return {
    http: () => {
      if (!wiring.http) throw new Error('no network before the test has begun');
      return wiring.http;
    },
    batchLimits: { batch: 20, batchPerHost: 6 },
    emit: (sample) => wiring.emit(sample),
    log,
    markFailed: (reason) => {
      wiring.failure = reason;
      log('error', `test marked as failed: ${reason}`);
    },
  };
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
async function chooseStyle(script: Script, options: Options, { functions }: ScriptExports): Promise<Style> {
  const names = [...new Set(options.scenarios.map(({ exec }) => exec))];
  if (names.some((name) => functions[name] !== 'async')) return 'workers';
  return (await canBlock(script, names)) ? 'workers' : 'event loop';
}

async function openUserFor(
  style: Style,
  setup: UserSetup,
  main: MainThread,
  signal: AbortSignal,
): Promise<User> {
  if (signal.aborted) throw new RunError('the test was interrupted before it began', EXIT.interrupted);
  return style === 'workers' ? openWorkerUser(setup, main) : openLoopUser(setup, main);
}

/** Runs setup, scenarios, teardown and the summary. */
async function perform(context: Context) {
  const { request, options, store, generator, stats, systemSide } = context;
  await systemSide?.sample();
  const startedAt = performance.now();
  stats[STATS.startedAt] = performance.timeOrigin + startedAt;
  const setupData = await runSetup(context);
  const end = await runScenarios(context, { setupData, startedAt });
  const teardownCode = await runTeardown(context, setupData);
  let exitCode = end.exitCode ?? teardownCode;
  const elapsedMs = end.endedAt - startedAt;
  const { crossed } = store.evaluate(elapsedMs);
  if (crossed.length > 0) {
    request.log('error', `thresholds on metrics '${crossed.join(', ')}' have been crossed`);
    exitCode ??= EXIT.thresholds;
  }
  await systemSide?.waitUntilProcessed();
  const noColor = 'NO_COLOR' in request.env;
  const data = summarize({ store, options, noColor, elapsedMs, setupData });
  const summaryFiles = await runHandleSummary(context, data);
  const system = systemSide?.report() ?? null;
  return { exitCode, data, summaryFiles, generator: generator.report(), system };
}

async function runSetup({ request, options, scriptExports, firstUser }: Context) {
  if (!scriptExports.functions.setup || options.noSetup) return undefined;
  const call = callScript(firstUser, { name: 'setup', args: [], timeoutMs: options.setupTimeoutMs });
  return Promise.race([call, rejectOnInterrupt(request.signal)]);
}

/** Returns the exit code of a teardown that failed. */
async function runTeardown(
  { request, options, scriptExports, firstUser }: Context,
  setupData: string | undefined,
): Promise<number | undefined> {
  if (!scriptExports.functions.teardown || options.noTeardown) return undefined;
  try {
    const args = [setupData];
    await callScript(firstUser, { name: 'teardown', args, timeoutMs: options.teardownTimeoutMs });
    return undefined;
  } catch (error) {
    request.log('error', (error as RunError).message);
    return (error as RunError).exitCode;
  }
}

async function runHandleSummary(
  { request, options, scriptExports, firstUser }: Context,
  data: SummaryData,
): Promise<Record<string, unknown> | null> {
  if (!scriptExports.functions.handleSummary) return null;
  try {
    const args = [JSON.stringify(data)];
    const timeoutMs = options.teardownTimeoutMs;
    const files = await callScript(firstUser, { name: 'handleSummary', args, timeoutMs });
    return files === undefined ? null : (JSON.parse(files) as Record<string, unknown>);
  } catch (error) {
    request.log('error', (error as RunError).message);
    return null;
  }
}

/** Rejects when the test is interrupted. */
function rejectOnInterrupt(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new RunError('the test was interrupted in its setup', EXIT.interrupted));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}
