import type { ScenarioContext } from './messages.ts';

/** The memory for the number of iterations that a scenario has started: threads that repeat share it. */
export const createIterationCounter = (): SharedArrayBuffer => new SharedArrayBuffer(4);

/** Returns the number of the next iteration within its scenario, over all users and threads. */
export function takeIterationNumber({ started }: ScenarioContext): number {
  let counter = counters.get(started);
  if (!counter) {
    counter = new Int32Array(started);
    counters.set(started, counter);
  }
  return Atomics.add(counter, 0, 1);
}

/** The memory as numbers, made once. */
const counters = new WeakMap<SharedArrayBuffer, Int32Array>();
