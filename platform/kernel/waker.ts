import { pause } from './lifecycle.ts';

/** Ends the waits of a loop early: at a notification there is work before the next poll. */
interface Waker {
  wake(): void;
  /**
   * Listens from now on, before the work begins; returns the wait after the work, in milliseconds. The wait
   * ends at the first wake-up, also at one that came during the work, or when the signal aborts.
   */
  listen(): (ms: number) => Promise<void>;
}

export function createWaker(signal: AbortSignal): Waker {
  let wakeUp = new AbortController();
  return {
    wake: () => wakeUp.abort(),
    listen() {
      wakeUp = new AbortController();
      const endOfWait = AbortSignal.any([wakeUp.signal, signal]);
      return (ms) => pause(ms, endOfWait);
    },
  };
}
