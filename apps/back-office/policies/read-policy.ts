import { setImmediate } from 'node:timers/promises';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';
import { createTurns } from '../../../platform/resilience/turns.ts';
import type { Policy } from '../../../underwriting/policy/build-policy.ts';
import { PolicyError } from '../../../underwriting/policy/policy-error.ts';
import { compileInSteps } from '../../../underwriting/policy/compile-policy.ts';
import type { Steps } from '../../../underwriting/policy/steps.ts';
import { faultsIn } from './change-state.ts';

const SLICE_MS = 20;
/** With the time of its own check below the six seconds in which the gateway wants a response. */
const WAIT_MS = 3000;
const WAITING_MAX = 3;

/**
 * Compiles a document that is being written. Throws AppError 422 with every fault, each with its place, or
 * 503 `overloaded` while others are checked.
 */
type ReadPolicy = (document: unknown) => Promise<Policy>;

/** Checks one document at a time, in slices: other requests are handled in between. */
export function createReadPolicy(): ReadPolicy {
  const limits = { waitingMax: WAITING_MAX, waitMs: WAIT_MS };
  const turns = createTurns(limits, 'Other policies are checked: one at a time.');
  return async (document) => {
    try {
      return await turns.run('policies', () => runInSlices(compileInSteps(document)));
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      throw faultsIn('/body/document', error.faults);
    }
  };
}

async function runInSlices<Result>(steps: Steps<Result>): Promise<Result> {
  for (;;) {
    const endMs = monotonicMs() + SLICE_MS;
    while (monotonicMs() < endMs) {
      const step = steps.next();
      if (step.done) return step.value;
    }
    await setImmediate();
  }
}
