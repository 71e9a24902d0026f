/** Bounds on time that hold on a busy machine without being wider. */

/** Returns whether work ends before a timer that starts with it: a busy machine delays both. */
export async function endsWithin(ms: number, work: () => Promise<unknown>): Promise<boolean> {
  const timer = Bun.sleep(ms).then(() => false);
  return Promise.race([work().then(() => true), timer]);
}

/** Returns the time of the fastest of three runs: a busy machine delays some and hastens none. */
export async function fastestMs(work: () => unknown): Promise<number> {
  const times: number[] = [];
  while (times.length < 3) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return Math.min(...times);
}
