import type { Iteration, Sample, ScenarioContext } from '../protocol/protocol.ts';
import { STATS } from '../protocol/protocol.ts';
import { type Scenario, scenarioMs } from '../options/scenario-options.ts';
import type { User } from '../script/user.ts';
import type { UserPool } from '../script/user-pool.ts';

/**
 * Runs users for every executor: takes one, runs an iteration on it, records its end. Knows all iterations
 * under way, so that their time can be ended.
 */
export interface Conductor {
  scenario: Scenario;
  context: ScenarioContext;
  /** Ms since the scenario's start. */
  elapsedMs(): number;
  /** Waits until so many ms after the start; false when the test has been ended before. */
  until(atMs: number): Promise<boolean>;
  isOver(): boolean;
  take(): Promise<User>;
  takeIdle(): User | undefined;
  add(): Promise<User>;
  give(user: User): void;
  /** Runs one iteration. Resolves with the user for the next: another one when this was cut off. */
  iterate(user: User, intendedAtMs?: number): Promise<User>;
  /** Ends the iteration that the user with this number runs. */
  interrupt(id: number): Promise<void>;
  /** Ends all that run; nothing is started afterwards. */
  interruptAll(): Promise<void>;
  drop(count: number): void;
  progress(share: number, text: string): void;
}

export interface Test {
  pool: UserPool;
  data: string | undefined;
  stats: Float64Array;
  emit(sample: Sample): void;
  /** Told how an iteration went. */
  finished(delayMs: number, durationMs: number): void;
  scriptError(scenario: string, text: string): void;
  abort(reason: string): void;
  /** Aborted when the test is to end now. */
  signal: AbortSignal;
  minIterationDurationMs: number;
}

export interface Progress {
  scenario: string;
  share: number;
  text: string;
}

const YIELD_MS = 5;

export function createConductor(test: Test, scenario: Scenario, shown: Progress): Conductor {
  const { pool, stats, signal } = test;
  const startedAt = performance.now();
  const { name, executor, exec, tags, env } = scenario;
  const clockAt = performance.timeOrigin + startedAt;
  const context = { name, executor, exec, tags, env, startedAt: clockAt, durationMs: scenarioMs(scenario) };
  const running = new Map<number, User>();
  const cutOff = new Map<number, Promise<User>>();
  let closing = false;
  let count = 0;
  let yieldedAt = startedAt;
  const bump = (stat: keyof typeof STATS, by: number) => {
    stats[STATS[stat]] = (stats[STATS[stat]] ?? 0) + by;
  };
  const elapsedMs = () => performance.now() - startedAt;
  const interrupt = async (id: number): Promise<void> => {
    const user = running.get(id);
    if (!user || cutOff.has(id)) return;
    const { promise, resolve } = Promise.withResolvers<User>();
    cutOff.set(id, promise);
    await user.interrupt();
    // A scenario that ends needs nobody in their place.
    if (closing || signal.aborted) pool.retire(user);
    resolve(closing || signal.aborted ? user : await pool.replace(user));
  };
  const conductor: Conductor = {
    scenario,
    context,
    elapsedMs,
    isOver: () => signal.aborted,
    async until(atMs) {
      const restMs = atMs - elapsedMs();
      if (restMs > 0 && !signal.aborted) await sleepUnlessAborted(restMs, signal);
      return !signal.aborted;
    },
    take: async () => pool.take() ?? pool.add(),
    takeIdle: () => pool.take(),
    add: () => pool.add(),
    give: (user) => pool.give(user),
    async iterate(user, intendedAtMs = elapsedMs()) {
      const iteration: Iteration = {
        scenario: context,
        inScenario: count,
        intendedAt: clockAt + intendedAtMs,
      };
      count += 1;
      running.set(user.id, user);
      bump('active', 1);
      const startedAt = performance.now();
      const outcome = await user.run({ kind: 'iteration', iteration, data: test.data });
      running.delete(user.id);
      bump('active', -1);
      if (performance.now() - yieldedAt > YIELD_MS) {
        // Iterations that wait for nothing would keep timers and signals out.
        await new Promise((resolve) => setImmediate(resolve));
        yieldedAt = performance.now();
      }
      const successor = cutOff.get(user.id);
      cutOff.delete(user.id);
      if (outcome.kind === 'done' && !successor) {
        bump('completed', 1);
        test.finished(outcome.delayMs, outcome.durationMs);
        if (outcome.error) test.scriptError(name, outcome.error);
        const restMs = test.minIterationDurationMs - (performance.now() - startedAt);
        if (restMs > 0) await sleepUnlessAborted(restMs, signal);
        return user;
      }
      bump('interrupted', 1);
      if (outcome.kind === 'aborted') test.abort(outcome.reason);
      return (await successor) ?? user;
    },
    interrupt,
    interruptAll: async () => {
      closing = true;
      await Promise.all([...running.keys()].map(interrupt));
    },
    drop(dropped) {
      const its = { ...tags, scenario: name };
      if (dropped > 0) test.emit({ metric: 'dropped_iterations', value: dropped, tags: its });
    },
    progress(share, text) {
      shown.share = Math.min(1, share);
      shown.text = text;
    },
  };
  signal.addEventListener('abort', () => void conductor.interruptAll());
  return conductor;
}

export function sleepUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
