import { drainMicrotasks } from 'bun:jsc';
import { takeIterationNumber } from '../protocol/iteration-counter.ts';
import type { CompletedOutcome, Outcome, Task } from '../protocol/messages.ts';
import type { VirtualUser } from './virtual-user.ts';

interface LoopHost {
  /** Called after each run of the user. */
  endRun(): void;
  /** Whether the current iteration is to be the last. */
  isStopped(): boolean;
  /** Takes the outcome of an iteration that another follows. */
  addOutcome(outcome: CompletedOutcome): void;
}

/**
 * A turn of the event loop costs as much as the rest of an iteration that awaits nothing; such iterations
 * share one. It is kept between iterations that await, where a rejection would be taken for one of the next.
 */
const TURN_MS = 10;

/**
 * Runs a task or, until a moment (Unix ms), one iteration after the other: a turn to the main thread for each
 * would cost as much as a request. Returns the last outcome.
 */
export async function runTask(
  user: Pick<VirtualUser, 'run'>,
  host: LoopHost,
  { task, untilMs = 0 }: { task: Task; untilMs?: number | undefined },
): Promise<Outcome> {
  let current = task;
  let turnedAt = performance.timeOrigin + performance.now();
  let isAwaiting = false;
  for (;;) {
    const run = user.run(current);
    isAwaiting ||= run instanceof Promise;
    const outcome = run instanceof Promise ? await run : run;
    host.endRun();
    const now = performance.timeOrigin + performance.now();
    if (current.kind !== 'iteration' || outcome.kind !== 'done' || now >= untilMs || host.isStopped()) {
      return outcome;
    }
    host.addOutcome(outcome);
    if (isAwaiting || now - turnedAt >= TURN_MS) {
      // Messages are read, and rejections that no code handles are reported.
      await new Promise<void>((resolve) => setImmediate(resolve));
      turnedAt = now;
    } else {
      drainMicrotasks();
    }
    const { scenario } = current.iteration;
    const iteration = { scenario, inScenario: takeIterationNumber(scenario), intendedAt: now };
    current = { kind: 'iteration', iteration, data: current.data };
  }
}
