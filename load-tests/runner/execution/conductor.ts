import { type Scenario, scenarioMs } from '../options/scenario-options.ts';
import type { User } from '../script/user.ts';
import type { Progress } from './context.ts';
import { createIterations, type Iterations, type Test } from './iterations.ts';
import { createIterationCounter } from '../protocol/iteration-counter.ts';
import { sleepUnlessAborted } from './sleep.ts';

/** The means of an executor to run its scenario: users, a clock from the scenario start, iterations. */
export interface Conductor extends Pick<Iterations, 'interrupt' | 'interruptAll'>, Pick<Test, 'watch'> {
  scenario: Scenario;
  /** Returns the ms since the scenario's start. */
  elapsedMs(): number;
  /** Waits until this time, in ms after the start; returns false when the test has ended before. */
  waitUntil(atMs: number): Promise<boolean>;
  isOver(): boolean;
  /** An idle user, or a new one; undefined when the time for iterations is over before. */
  takeUser(): Promise<User | undefined>;
  addUser(): Promise<User>;
  giveBack(user: User): void;
  /** Runs an iteration. Resolves with the user; undefined when it was interrupted and can run no other. */
  iterate(user: User, intendedAtMs?: number): Promise<User | undefined>;
  /** Runs iterations until so many ms after the start, where the user can; otherwise one. */
  iterateUntil(user: User, untilMs: number, onRepeated?: () => void): Promise<User | undefined>;
  dropIterations(count: number): void;
  showProgress(share: number, text: string): void;
}

export function createConductor(test: Test, scenario: Scenario, progress: Progress): Conductor {
  const { pool, signal } = test;
  const startedAt = performance.now();
  const startedAtUnixMs = performance.timeOrigin + startedAt;
  const { name, executor, exec, tags, env } = scenario;
  const durationMs = scenarioMs(scenario);
  const times = { startedAt: startedAtUnixMs, durationMs };
  const context = { name, executor, exec, tags, env, ...times, started: createIterationCounter() };
  const { run, interrupt, interruptAll } = createIterations(test, context);
  const elapsedMs = () => performance.now() - startedAt;
  return {
    scenario,
    elapsedMs,
    isOver: () => signal.aborted,
    async waitUntil(atMs) {
      const restMs = atMs - elapsedMs();
      if (restMs > 0 && !signal.aborted) await sleepUnlessAborted(restMs, signal);
      return !signal.aborted;
    },
    takeUser: () => within(durationMs - elapsedMs(), signal, pool.take),
    addUser: () => pool.add(),
    giveBack: (user) => pool.give(user),
    iterate: (user, intendedAtMs = elapsedMs()) => run(user, { intendedAt: startedAtUnixMs + intendedAtMs }),
    iterateUntil: (user, untilMs, onRepeated) =>
      run(user, {
        intendedAt: startedAtUnixMs + elapsedMs(),
        repeatUntil: startedAtUnixMs + untilMs,
        onRepeated,
      }),
    interrupt,
    interruptAll,
    watch: test.watch,
    dropIterations(count) {
      if (count <= 0) return;
      test.emit({ metric: 'dropped_iterations', value: count, tags: { ...tags, scenario: name } });
    },
    showProgress(share, text) {
      progress.share = Math.min(1, share);
      progress.text = text;
    },
  };
}

/** Aborts the work's own signal when the time is over, or with the test's. */
async function within<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  if (ms <= 0 || signal.aborted) return undefined;
  const controller = new AbortController();
  const end = () => controller.abort();
  const timer = setTimeout(end, ms);
  signal.addEventListener('abort', end, { once: true });
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  }
}
