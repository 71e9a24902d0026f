/** Counts failures in a row; each makes the wait before the next attempt a step longer, up to a bound. */
interface Backoff {
  /** Counts a failure; returns the number of failures in a row. */
  fail(): number;
  /** The wait before the next attempt. */
  delayMs(): number;
  /** After a success: the next failure is the first one. */
  reset(): void;
}

const STEP_MS = 100;
const DELAY_MS_MAX = 2000;

export function createBackoff({ stepMs = STEP_MS, delayMsMax = DELAY_MS_MAX } = {}): Backoff {
  let failures = 0;
  return {
    fail: () => (failures += 1),
    delayMs: () => Math.min(stepMs * failures, delayMsMax),
    reset: () => void (failures = 0),
  };
}
