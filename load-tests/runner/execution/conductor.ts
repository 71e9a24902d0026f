import { type Scenario, scenarioMs } from '../options/scenario-options.ts';
import type { User } from '../script/user.ts';
import type { Progress } from './context.ts';
import { createIterations, type Iterations, type Test } from './iterations.ts';
import { createIterationCounter } from '../protocol/iteration-counter.ts';
import { sleepUnlessAborted } from './sleep.ts';

/** The means of an executor to run its scenario: users, a clock from the scenario start, iterations. */
export interface Conductor extends Pick<Iterations, 'interrupt' | 'interruptAll'>, Pick<Test, 'watch'> {
  scenario: Scenario;
  /** Ms since the scenario's start. */
  elapsedMs(): number;
  /** Waits until so many ms after the start; returns false when the test has ended before. */
  waitUntil(atMs: number): Promise<boolean>;
  isOver(): boolean;
  /** An idle user, or a new one. */
  takeUser(): Promise<User>;
  addUser(): Promise<User>;
  giveBack(user: User): void;
  /** Runs an iteration. Resolves with the user for the next: a new user when this one was interrupted. */
  iterate(user: User, intendedAtMs?: number): Promise<User>;
  /** Runs iterations until so many ms after the start, where the user can; otherwise one. */
  iterateUntil(user: User, untilMs: number, onRepeated?: () => void): Promise<User>;
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
    takeUser: async () => pool.take() ?? pool.add(),
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
