import { type Outcome, type ScenarioContext, STATS } from '../protocol/messages.ts';
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
  abort(reason: string): void;
}

type CompletedOutcome = Extract<Outcome, { kind: 'done' }>;

/** Runs the iterations of a scenario, and ends those that are under way when their time is over. */
export interface Iterations {
  /** Resolves with the user for the next iteration: a new user when this iteration was interrupted. */
  run(user: User, intendedAt: number): Promise<User>;
  /** Ends the iteration that the user with this number runs. */
  interrupt(id: number): Promise<void>;
  /** Ends all iterations under way; none is started afterwards. */
  interruptAll(): Promise<void>;
}

const YIELD_MS = 5;

export function createIterations(test: Test, scenario: ScenarioContext): Iterations {
  const { pool, stats, signal } = test;
  const running = new Map<number, User>();
  const successors = new Map<number, Promise<User>>();
  let isClosing = false;
  let count = 0;
  let yieldedAt = performance.now();
  const addStat = (stat: keyof typeof STATS, by: number) => {
    stats[STATS[stat]] = (stats[STATS[stat]] ?? 0) + by;
  };
  const runTask = async (user: User, intendedAt: number) => {
    const iteration = { scenario, inScenario: count, intendedAt };
    count += 1;
    running.set(user.id, user);
    addStat('active', 1);
    const outcome = await user.run({ kind: 'iteration', iteration, data: test.setupData });
    running.delete(user.id);
    addStat('active', -1);
    return outcome;
  };
  const iterations: Iterations = {
    async run(user, intendedAt) {
      const startedAt = performance.now();
      const outcome = await runTask(user, intendedAt);
      if (performance.now() - yieldedAt > YIELD_MS) {
        // Iterations that wait for nothing would keep timers and signals out.
        await new Promise((resolve) => setImmediate(resolve));
        yieldedAt = performance.now();
      }
      const successor = successors.get(user.id);
      successors.delete(user.id);
      if (outcome.kind === 'done' && !successor) {
        addStat('completed', 1);
        test.onIteration(scenario.name, outcome);
        const restMs = test.minIterationDurationMs - (performance.now() - startedAt);
        if (restMs > 0) await sleepUnlessAborted(restMs, signal);
        return user;
      }
      addStat('interrupted', 1);
      if (outcome.kind === 'aborted') test.abort(outcome.reason);
      if (outcome.kind === 'crashed' && !successor) {
        test.onScriptError(scenario.name, outcome.error);
        return pool.replace(user);
      }
      return (await successor) ?? user;
    },
    async interrupt(id) {
      const user = running.get(id);
      if (!user || successors.has(id)) return;
      const { promise, resolve } = Promise.withResolvers<User>();
      successors.set(id, promise);
      await user.interrupt();
      // A scenario that ends needs no successor.
      if (isClosing || signal.aborted) pool.retire(user);
      resolve(isClosing || signal.aborted ? user : await pool.replace(user));
    },
    async interruptAll() {
      isClosing = true;
      await Promise.all([...running.keys()].map(iterations.interrupt));
    },
  };
  signal.addEventListener('abort', () => void iterations.interruptAll());
  return iterations;
}
