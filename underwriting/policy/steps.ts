/** Work that pauses after each trial, so that a service can respond to others meanwhile. */
export type Steps<Result> = Generator<void, Result, void>;

/** Does all of the work at once. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
