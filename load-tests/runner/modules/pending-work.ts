/**
 * The work that an iteration has begun and not ended: requests and timers. As in k6, an iteration lasts until
 * its function has returned and nothing is pending; a promise that nothing pending can settle does not keep
 * it.
 */
export interface PendingWork {
  /** Returns the end of a piece of work; a later call of it has no effect. */
  begin(): () => void;
  /** Ends the iteration with an error. Returns false when none is running. */
  fail(error: unknown): boolean;
  /** Returns a test of whether the iteration of this call still runs. */
  currentIteration(): () => boolean;
  /** Whether a call that returned this value is over: neither it nor work that it began is pending. */
  isOver(result: unknown): boolean;
  /** Waits for the end of a call of the script. Throws its error, a timer's, or an unhandled rejection. */
  settle(result: unknown, now: () => number): Promise<Settled>;
  /** Begins an iteration: the work of an earlier iteration counts no more. */
  start(): void;
  stop(): void;
}

interface Settled {
  /** False when nothing is left that could settle the promise of the call. */
  isSettled: boolean;
  value: unknown;
  endedAt: number;
}

export function createPendingWork(): PendingWork {
  let iteration = 0;
  let count = 0;
  let wake = Promise.withResolvers<void>();
  let failure: { error: unknown } | undefined;
  let isRunning = false;
  const untilIdle = async (): Promise<void> => {
    for (;;) {
      if (failure) throw failure.error;
      if (count === 0) return;
      await wake.promise;
    }
  };
  const notify = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const work: PendingWork = {
    begin() {
      const begunIn = iteration;
      let isEnded = false;
      count += 1;
      return () => {
        if (isEnded || begunIn !== iteration) return;
        isEnded = true;
        count -= 1;
        if (count === 0) notify();
      };
    },
    fail(error) {
      failure ??= { error };
      notify();
      return isRunning;
    },
    currentIteration() {
      const begunIn = iteration;
      return () => begunIn === iteration && isRunning;
    },
    isOver: (result) => count === 0 && !failure && !(result instanceof Promise),
    async settle(result, now) {
      let endedAt = now();
      let isSettled = !(result instanceof Promise);
      let value = result;
      if (result instanceof Promise) {
        void result.then(
          (settledValue) => {
            [isSettled, value, endedAt] = [true, settledValue, now()];
          },
          (error: unknown) => work.fail(error),
        );
      }
      // The engine reports rejections that no code handles before the next turn of its loop. Code that is
      // synchronous has run to its end by then, and a turn would cost each of its iterations a third.
      if (!isSettled) await nextTurn();
      for (;;) {
        if (count > 0) {
          await untilIdle();
          endedAt = now();
          await nextTurn();
        }
        if (failure) throw failure.error;
        if (count === 0) return { isSettled, value: isSettled ? value : undefined, endedAt };
      }
    },
    start() {
      iteration += 1;
      count = 0;
      failure = undefined;
      isRunning = true;
    },
    stop() {
      isRunning = false;
    },
  };
  return work;
}

/** Code of an iteration that has ended does not go on. */
export const never = () => new Promise<never>(() => {});

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
