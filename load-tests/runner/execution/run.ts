import { createMetricStore, type MetricStore } from '../metrics/metric-store.ts';
import { createGeneratorMonitor, type GeneratorReport } from '../metrics/generator.ts';
import type { SummaryData } from '../metrics/summary.ts';
import { createSystemSide, type SystemReport } from '../metrics/system-side.ts';
import { createTimeline, type Moment } from '../metrics/timeline.ts';
import { type Options, readOptions } from '../options/options.ts';
import { createTagFilter } from '../options/system-tags.ts';
import { EXIT, RunError } from '../protocol/endings.ts';
import { type ScriptExports, STATS, type UserSetup } from '../protocol/messages.ts';
import { canBlock } from '../script/blocking-calls.ts';
import { createLoopUsers } from '../script/loop-users.ts';
import { loadScript, type Script } from '../script/script.ts';
import type { SummaryFiles } from '../script/summary-files.ts';
import { createUserPool, type UserPool } from '../script/user-pool.ts';
import { openWorkerUser } from '../script/worker-user.ts';
import type { MainThread } from '../script/user.ts';
import type { Context, RunRequest, Style } from './context.ts';
import { connectNetwork, createMainThread, type Wiring } from './main-thread.ts';
import { planNetwork } from './network-plan.ts';
import { perform } from './perform.ts';
import { plannedUsers } from './scenarios.ts';

export interface RunResult {
  exitCode: number;
  style: Style;
  data: SummaryData;
  store: MetricStore;
  generator: GeneratorReport;
  system: SystemReport | null;
  timeline: Moment[];
  /** The result of the script's `handleSummary`; null when it has none, or it failed. */
  summaryFiles: SummaryFiles | null;
}

/** Throws a RunError when the test could not begin or its setup failed. */
export async function runTest(request: RunRequest): Promise<RunResult> {
  const { context, style, wiring, close } = await openTest(request);
  const { options, pool, store, timeline } = context;
  try {
    await prepareUsers(pool, request, plannedUsers(options.scenarios));
    request.onStart?.(options, style);
    const { exitCode, ...figures } = await perform(context);
    const defaultCode = wiring.failure === undefined ? EXIT.ok : EXIT.markedAsFailed;
    return { exitCode: exitCode ?? defaultCode, style, store, timeline: timeline.moments, ...figures };
  } finally {
    await close();
  }
}

interface OpenTest {
  context: Context;
  style: Style;
  wiring: Wiring;
  /** Ends all users, and the measurement of the generator. */
  close(): Promise<void>;
}

/** Loads the script, reads its options, and connects users, network and metrics; no user is open yet. */
async function openTest(request: RunRequest): Promise<OpenTest> {
  const script = await loadScript(request.file, request.remote);
  logStandIns(request, script);
  const stats = new SharedArrayBuffer(8 * Object.keys(STATS).length);
  const setup = { ...codeOf(script), env: request.env, secrets: request.secrets, stats };
  const wiring: Wiring = { emit: () => {} };
  const main = createMainThread(wiring, request.log);
  const scriptExports = await readExports(setup, main);
  const options = optionsFor(request, scriptExports);
  const store = createMetricStore(scriptExports.metrics, options);
  main.declare = store.declare;
  main.batchLimits = options.http;
  const style = await chooseStyle(script, options, scriptExports);
  const { libc, ...network } = planNetwork({ ...options, ...request, areShared: style === 'event loop' });
  const { shared } = scriptExports;
  const setupOf = (id: number): UserSetup => ({ ...setup, id, shared, options, libc });
  const loopUsers = createLoopUsers(setupOf(0), scriptExports, main);
  const openUser = (id: number) => {
    rejectWhenAborted(request.signal);
    return style === 'workers' ? openWorkerUser(setupOf(id), main) : loopUsers.open(id);
  };
  const timeline = createTimeline();
  const keepTags = createTagFilter(options.systemTags);
  wiring.emit = (sample) => {
    const metric = store.add(sample);
    timeline.addSample(sample);
    request.onSample?.({ ...sample, tags: keepTags(sample.tags) }, metric);
  };
  const generator = createGeneratorMonitor();
  connectNetwork(wiring, { http: options.http, generator, log: request.log });
  const pool = createUserPool(openUser);
  const systemSide = request.opsUrls.length > 0 ? createSystemSide(request.opsUrls) : null;
  const context: Context = {
    request,
    options,
    scriptExports,
    openCallUser: () => openWorkerUser(setupOf(0), main),
    emit: wiring.emit,
    store,
    timeline,
    generator,
    pool,
    stats: new Float64Array(stats),
    thrown: 0,
    systemSide,
    network,
  };
  const close = async () => {
    await pool.close();
    loopUsers.close();
    generator.stop();
  };
  return { context, style, wiring, close };
}

/** Runs the script's init code on a user of its own; returns its exports and declarations. */
async function readExports(setup: Omit<UserSetup, 'id'>, main: MainThread): Promise<ScriptExports> {
  const user = await openWorkerUser({ ...setup, id: 0 }, main);
  await user.close();
  return user.scriptExports;
}

/** Bounded so that a slow generator delays a test, and does not prevent it: other users join late. */
const PREPARATION_MS = 45_000;

async function prepareUsers(pool: UserPool, { log }: RunRequest, count: number): Promise<void> {
  const ready = await pool.prepare(count, PREPARATION_MS);
  if (ready >= count) return;
  const text = `${ready} of ${count} users are ready after ${PREPARATION_MS / 1000} s, the others join late`;
  log('warning', `${text}: the generator is too slow for so many`);
}

const codeOf = ({ code, path, sourceMap }: Script) => ({ code, path, sourceMap });

function logStandIns({ log }: RunRequest, { remote }: Script): void {
  for (const url of remote.usedStandIns()) {
    log('info', `${url}: a stand-in is used; --allow-net fetches the original`);
  }
}

function optionsFor(request: RunRequest, scriptExports: ScriptExports): Options {
  if (Object.keys(scriptExports.functions).length === 0) {
    throw new RunError('no exported functions in script', EXIT.other);
  }
  const options = readOptions(scriptExports.options, request.overrides, request);
  if (request.noThresholds) options.thresholds = {};
  for (const warning of options.warnings) request.log('warning', warning);
  checkFunctions(options, scriptExports);
  return options;
}

function rejectWhenAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new RunError('the test was interrupted before it began', EXIT.interrupted);
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
  // Globals are a user's own, as in k6; users of a thread would share them.
  if (/\bglobal(This)?\b|\bFunction\(|\beval\(/.test(script.code)) return 'workers';
  return (await canBlock(script, names)) ? 'workers' : 'event loop';
}
