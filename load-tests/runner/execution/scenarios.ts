import { type Scenario, scenarioMs, scenarioVUs } from '../options/scenario-options.ts';
import { EXIT, RunError } from '../protocol/endings.ts';
import { createConductor } from './conductor.ts';
import type { Context, Progress } from './context.ts';
import { runExecutor } from './executors.ts';
import type { Test } from './iterations.ts';
import { sleepUnlessAborted } from './sleep.ts';
import { createTick } from './tick.ts';

const TICK_MS = 1000;
const THRESHOLDS_MS = 2000;

interface Start {
  setupData: string | undefined;
  startedAt: number;
}

interface End {
  /** The exit code with which the test was ended early. */
  exitCode: number | undefined;
  endedAt: number;
}

/** Runs all scenarios to their end, or to that of the test. */
export async function runScenarios(context: Context, { setupData, startedAt }: Start): Promise<End> {
  const { request, options, store, timeline, systemSide } = context;
  const controller = new AbortController();
  const signal = AbortSignal.any([controller.signal, request.signal]);
  let exitCode: number | undefined;
  const stop = (code: number, text: string) => {
    if (exitCode !== undefined) return;
    exitCode = code;
    request.log('error', text);
    controller.abort();
  };
  const interrupt = () => stop(EXIT.interrupted, 'the test was interrupted');
  request.signal.addEventListener('abort', interrupt, { once: true });
  if (request.signal.aborted) interrupt();
  const test = createTest(context, setupData, signal, stop);
  const progress: Progress[] = options.scenarios.map(({ name }) => ({ scenario: name, share: 0, text: '' }));
  const elapsedMs = () => performance.now() - startedAt;
  const ticker = setInterval(createTick(context, { elapsedMs, progress, emit: test.emit }), TICK_MS);
  const judge = setInterval(() => {
    const { crossed, abort } = store.judge(elapsedMs());
    if (abort) stop(EXIT.thresholds, `thresholds on metrics '${crossed.join(', ')}' were crossed; ending`);
  }, THRESHOLDS_MS);
  try {
    await Promise.all(options.scenarios.map((scenario, index) => run(test, scenario, progress[index])));
  } finally {
    clearInterval(ticker);
    clearInterval(judge);
  }
  const endedAt = performance.now();
  timeline.tick({ elapsedMs: elapsedMs(), vus: 0, lag: systemSide?.lag() ?? null });
  return { exitCode, endedAt };
}

/** Returns the most users that the scenarios need at the same moment. */
export function plannedUsers(scenarios: Scenario[]): number {
  const needs = scenarios.map((scenario) => ({
    from: scenario.startTimeMs,
    to: scenario.startTimeMs + scenarioMs(scenario) + scenario.gracefulStopMs,
    count: scenarioVUs(scenario).planned,
  }));
  const usersAt = (ms: number) =>
    needs.reduce((sum, { from, to, count }) => (from <= ms && ms < to ? sum + count : sum), 0);
  return Math.max(...needs.map(({ from }) => usersAt(from)));
}

function createTest(
  context: Context,
  setupData: string | undefined,
  signal: AbortSignal,
  stop: (exitCode: number, text: string) => void,
): Test {
  const { request, options, generator, pool, stats } = context;
  const logError = (scenario: string, text: string) =>
    request.log('error', `${text}  executor scenario=${scenario}`);
  return {
    pool,
    setupData,
    stats,
    minIterationDurationMs: options.minIterationDurationMs,
    signal,
    emit: context.emit,
    onIteration(scenario, { delayMs, durationMs, error }) {
      generator.addIteration(delayMs, durationMs);
      if (error === undefined) return;
      context.thrown += 1;
      logError(scenario, error);
    },
    onScriptError: logError,
    abort: (reason, exitCode = EXIT.aborted) => stop(exitCode, `test aborted: ${reason}`),
    watch: async (work) => {
      try {
        await work;
      } catch (error) {
        if (error instanceof RunError) stop(error.exitCode, error.message);
        else stop(EXIT.fault, `fault of the runner: ${Bun.inspect(error)}`);
      }
    },
  };
}

async function run(test: Test, scenario: Scenario, progress: Progress | undefined): Promise<void> {
  await sleepUnlessAborted(scenario.startTimeMs, test.signal);
  if (progress && !test.signal.aborted) await runExecutor(createConductor(test, scenario, progress));
}
