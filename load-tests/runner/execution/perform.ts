import { type SummaryData, summarize } from '../metrics/summary.ts';
import { EXIT, RunError } from '../protocol/endings.ts';
import { STATS } from '../protocol/messages.ts';
import { callScript } from './call-script.ts';
import { decodeSummaryFiles, type SummaryFiles } from '../script/summary-files.ts';
import type { Context } from './context.ts';
import { runScenarios } from './scenarios.ts';

/** Runs setup, scenarios, teardown and the summary. */
export async function perform(context: Context) {
  const { request, options, store, generator, stats, systemSide, pool } = context;
  await systemSide?.sample();
  const startedAt = performance.now();
  stats[STATS.startedAt] = performance.timeOrigin + startedAt;
  const setup = await runSetup(context);
  const { data: setupData } = setup;
  const end = setup.exitCode === undefined ? await runScenarios(context, { setupData, startedAt }) : setup;
  pool.stopPreparing();
  // As in k6, nothing is torn down after a failed setup.
  const teardownCode = setup.exitCode === undefined ? await runTeardown(context, setupData) : undefined;
  let exitCode = end.exitCode ?? teardownCode;
  const elapsedMs = end.endedAt - startedAt;
  warnOfThrownIterations(context);
  const { crossed, notJudged } = store.judgeAtEnd(elapsedMs);
  for (const { metric, threshold } of notJudged) {
    const text = `threshold '${threshold.source}' of ${metric} was not judged: it has no sample`;
    request.log('warning', text);
  }
  if (crossed.length > 0) {
    request.log('error', `thresholds on metrics '${crossed.join(', ')}' have been crossed`);
    exitCode ??= EXIT.thresholds;
  }
  if (stats[STATS.completed] === 0 && exitCode === undefined) {
    request.log('error', 'no iteration finished: the test has shown nothing');
    exitCode = EXIT.markedAsFailed;
  }
  await systemSide?.waitUntilProcessed();
  const data = summarize({ store, options, noColor: request.noColor, elapsedMs, setupData });
  const summaryFiles = await runHandleSummary(context, data);
  const system = systemSide?.report() ?? null;
  const figure = (metric: string, aggregation: string) =>
    store.metrics.get(metric)?.sink.get(aggregation, elapsedMs) ?? 0;
  const requests = { count: figure('http_reqs', 'count'), medianMs: figure('http_req_duration', 'med') };
  const report = generator.report({ ...requests, ...context.network });
  return { exitCode, data, summaryFiles, generator: report, system };
}

interface SetupEnd {
  data: string | undefined;
  /** The exit code of a setup that failed: no iteration follows, but the summary does. */
  exitCode: number | undefined;
  endedAt: number;
}

async function runSetup({ request, options, scriptExports, openCallUser }: Context): Promise<SetupEnd> {
  const endOf = (data?: string, exitCode?: number) => ({ data, exitCode, endedAt: performance.now() });
  if (!scriptExports.functions.setup || options.noSetup) return endOf();
  try {
    const call = callScript(openCallUser, { name: 'setup', args: [], timeoutMs: options.setupTimeoutMs });
    return endOf(await Promise.race([call, rejectOnInterrupt(request.signal)]));
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    request.log('error', error.message);
    return endOf(undefined, error.exitCode);
  }
}

/** Returns the exit code of a teardown that failed. */
async function runTeardown(
  { request, options, scriptExports, openCallUser }: Context,
  setupData: string | undefined,
): Promise<number | undefined> {
  if (!scriptExports.functions.teardown || options.noTeardown) return undefined;
  try {
    const args = [setupData];
    await callScript(openCallUser, { name: 'teardown', args, timeoutMs: options.teardownTimeoutMs });
    return undefined;
  } catch (error) {
    request.log('error', (error as RunError).message);
    return (error as RunError).exitCode;
  }
}

async function runHandleSummary(
  { request, options, scriptExports, openCallUser }: Context,
  data: SummaryData,
): Promise<SummaryFiles | null> {
  if (!scriptExports.functions.handleSummary || !request.summary) return null;
  try {
    const args = [JSON.stringify(data)];
    const timeoutMs = options.handleSummaryTimeoutMs;
    const files = await callScript(openCallUser, { name: 'handleSummary', args, timeoutMs });
    return files === undefined ? null : decodeSummaryFiles(files);
  } catch (error) {
    request.log('error', (error as RunError).message);
    return null;
  }
}

/** k6 ends with 0 all the same: without a warning such a test would look green. */
function warnOfThrownIterations({ request, stats, thrown }: Context): void {
  const completed = stats[STATS.completed] ?? 0;
  if (completed === 0 || thrown < completed) return;
  request.log('warning', `every iteration threw an error (${thrown} of ${completed})`);
}

/** Rejects when the test is interrupted. */
function rejectOnInterrupt(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = () => reject(new RunError('the test was interrupted in its setup', EXIT.interrupted));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
}
