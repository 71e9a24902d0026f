import { type Lifecycle, pause } from './lifecycle.ts';

/**
 * Runs work in the background again and again, `everyMs` after its last end, until the process drains, which
 * waits for the work under way. A failure does not end the loop; without `onFailure` it is a bug.
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
}): void {
  const { name, everyMs, retryMs = everyMs, lifecycle, work, onFailure } = options;
  const run = async (): Promise<void> => {
    while (!lifecycle.signal.aborted) {
      let waitMs = everyMs;
      try {
        await work();
      } catch (error) {
        waitMs = retryMs;
        if (!onFailure) throw error;
        onFailure(error);
      }
      await pause(waitMs, lifecycle.signal);
    }
  };
  const running = run();
  lifecycle.onDrain(name, () => running);
}
