import type { Lifecycle } from './lifecycle.ts';

/**
 * Runs work in the background again and again, `everyMs` after its last end, until the process drains, which
 * waits for the work under way. A failure does not end the loop; without `onFailure` it is a bug. Returns a
 * function that has the work run at once, and again where it is under way.
 */
export function startLoop(options: {
  /** Of the step of draining that waits for the work. */
  name: string;
  everyMs: number;
  /** The wait after a failure; by default as after a success. */
  retryMs?: number;
  lifecycle: Lifecycle;
  work: () => Promise<unknown>;
  onFailure?: (error: unknown) => void;
}): () => void {
  const { name, everyMs, retryMs = everyMs, lifecycle, work, onFailure } = options;
  let isWoken = false;
  let endWait = () => {};
  const wake = () => {
    isWoken = true;
    endWait();
  };
  lifecycle.signal.addEventListener('abort', wake, { once: true });
  // A plain timer, since some loops run ten times a second: one with a signal costs more.
  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const run = async (): Promise<void> => {
    while (!lifecycle.signal.aborted) {
      isWoken = false;
      let waitMs = everyMs;
      try {
        await work();
      } catch (error) {
        waitMs = retryMs;
        if (!onFailure) throw error;
        onFailure(error);
      }
      if (!isWoken) await wait(waitMs);
    }
  };
  const running = run();
  lifecycle.onDrain(name, () => running);
  return wake;
}
