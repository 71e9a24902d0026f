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
 * Runs a task or, until a moment (Unix ms), one iteration after the other: a turn to the main thread for each
 * would cost as much as a request. Returns the last outcome.
 */
export async function runTask(
  user: VirtualUser,
  host: LoopHost,
  { task, untilMs = 0 }: { task: Task; untilMs?: number | undefined },
): Promise<Outcome> {
  let current = task;
  for (;;) {
    const outcome = await user.run(current);
    host.endRun();
    const now = performance.timeOrigin + performance.now();
    if (current.kind !== 'iteration' || outcome.kind !== 'done' || now >= untilMs || host.isStopped()) {
      return outcome;
    }
    host.addOutcome(outcome);
    // Messages are read, and rejections that no code handles are reported, before the next iteration.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const { iteration } = current;
    const inScenario = takeIterationNumber(iteration.scenario);
    current = { ...current, iteration: { ...iteration, inScenario, intendedAt: now } };
  }
}
