import type { ScenarioContext } from './messages.ts';

/** The memory for the number of iterations that a scenario has started: threads that repeat share it. */
export const createIterationCounter = (): SharedArrayBuffer => new SharedArrayBuffer(4);

/** Returns the number of the next iteration within its scenario, over all users and threads. */
export const takeIterationNumber = ({ started }: ScenarioContext): number =>
  Atomics.add(new Int32Array(started), 0, 1);
