/**
 * Limits the retries of a client as a whole, beyond the limit of each call: at most a fifth on top of its
 * calls, with one a second and a first handful for clients that make few. When the API is down, every client
 * retrying each call three times would be four times the load at the worst moment.
 */
const RETRIES_PER_CALL = 0.2;
const RETRIES_PER_SECOND = 1;
const RETRIES_SAVED_MAX = 50;

export interface RetryBudget {
  /** A call begins: it pays in. */
  addCall(): void;
  /** Takes one retry; false when there is none left. */
  take(): boolean;
}

export function createRetryBudget(nowMs: () => number = Date.now): RetryBudget {
  let saved = RETRIES_SAVED_MAX;
  let countedAtMs = nowMs();
  const add = (retries: number) => {
    saved = Math.min(RETRIES_SAVED_MAX, saved + retries);
  };
  return {
    addCall: () => add(RETRIES_PER_CALL),
    take() {
      const now = nowMs();
      add((Math.max(0, now - countedAtMs) / 1000) * RETRIES_PER_SECOND);
      countedAtMs = now;
      if (saved < 1) return false;
      saved -= 1;
      return true;
    },
  };
}
