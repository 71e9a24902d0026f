import { takeIterationNumber } from '../protocol/iteration-counter.ts';
import { type CompletedOutcome, type ScenarioContext, STATS } from '../protocol/messages.ts';
import type { Sample } from '../protocol/metrics.ts';
import type { UserPool } from '../script/user-pool.ts';
import type { User } from '../script/user.ts';
import { sleepUnlessAborted } from './sleep.ts';

/** The test as far as its iterations need it. */
export interface Test {
  pool: UserPool;
  setupData: string | undefined;
  stats: Float64Array;
  minIterationDurationMs: number;
  /** Aborted when the test is to end now. */
  signal: AbortSignal;
  emit(sample: Sample): void;
  onIteration(scenario: string, outcome: CompletedOutcome): void;
  onScriptError(scenario: string, text: string): void;
  abort(reason: string, exitCode?: number): void;
  /** Ends the test when work fails for which nothing else waits. Resolves when the work is over. */
  watch(work: Promise<unknown>): Promise<void>;
}

/** Runs the iterations of a scenario, and ends those that are under way when their time is over. */
export interface Iterations {
  /**
   * Runs an iteration, or iterations until a moment where the user can repeat by itself. Resolves with the
   * user; undefined when it was interrupted and can run no other.
   */
  run(user: User, start: Start): Promise<User | undefined>;
  /** Ends the iteration that the user with this number runs. */
  interrupt(id: number): Promise<void>;
  /** Ends all iterations under way; none is started afterwards. */
  interruptAll(): Promise<void>;
}

/** Unix ms. */
interface Start {
  intendedAt: number;
  repeatUntil?: number | undefined;
  /** Called for each iteration that the user repeated. */
  onRepeated?: (() => void) | undefined;
}

const YIELD_MS = 5;

export function createIterations(test: Test, scenario: ScenarioContext): Iterations {
  const { pool, stats, signal } = test;
  const running = new Map<number, User>();
  const ended = new Set<User>();
  let isClosing = false;
  let yieldedAt = performance.now();
  const addStat = (stat: keyof typeof STATS, by: number) => {
    stats[STATS[stat]] = (stats[STATS[stat]] ?? 0) + by;
  };
  const countCompleted = (outcome: CompletedOutcome) => {
    addStat('completed', 1);
    test.onIteration(scenario.name, outcome);
  };
  const startTask = (user: User, { intendedAt, repeatUntil, onRepeated }: Start) => {
    const iteration = { scenario, inScenario: takeIterationNumber(scenario), intendedAt };
    const task = { kind: 'iteration' as const, iteration, data: test.setupData };
    if (repeatUntil === undefined || !user.repeat || test.minIterationDurationMs > 0) return user.run(task);
    const onDone = (outcome: CompletedOutcome) => {
      countCompleted(outcome);
      onRepeated?.();
    };
    return user.repeat(task, { untilMs: repeatUntil, onDone });
  };
  const runTask = async (user: User, start: Start) => {
    running.set(user.id, user);
    // Counted before it starts: the script reads the number at once.
    addStat('active', 1);
    const outcome = await startTask(user, start);
    running.delete(user.id);
    addStat('active', -1);
    return outcome;
  };
  const endUser = (user: User) => {
    // A scenario that ends needs no successor.
    if (isClosing || signal.aborted) pool.retire(user);
    else pool.replace(user);
  };
  const iterations: Iterations = {
    async run(user, start) {
      const startedAt = performance.now();
      const outcome = await runTask(user, start);
      if (performance.now() - yieldedAt > YIELD_MS) {
        // Iterations that wait for nothing would keep timers and signals out.
        await new Promise((resolve) => setImmediate(resolve));
        yieldedAt = performance.now();
      }
      const isEnded = ended.has(user);
      if (outcome.kind === 'done' && !isEnded) {
        countCompleted(outcome);
        const restMs = test.minIterationDurationMs - (performance.now() - startedAt);
        if (restMs > 0) await sleepUnlessAborted(restMs, signal);
        return user;
      }
      addStat('interrupted', 1);
      if (outcome.kind === 'aborted') test.abort(outcome.reason, outcome.exitCode);
      if (isEnded) return undefined;
      if (outcome.kind === 'crashed') test.onScriptError(scenario.name, outcome.error);
      endUser(user);
      return undefined;
    },
    async interrupt(id) {
      const user = running.get(id);
      if (!user || ended.has(user)) return;
      ended.add(user);
      await user.interrupt();
      endUser(user);
    },
    async interruptAll() {
      isClosing = true;
      await Promise.all([...running.keys()].map(iterations.interrupt));
    },
  };
  signal.addEventListener('abort', () => void test.watch(iterations.interruptAll()));
  return iterations;
}
