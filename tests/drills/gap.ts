/** Returns the longest time, in ms, in which nothing was acknowledged until it was done. */
export async function watchGap(acknowledged: Set<string>, done: Promise<unknown>): Promise<number> {
  const over = done.then(() => true);
  let seenCount = 0;
  let since = performance.now();
  let longest = 0;
  while (!(await Promise.race([over, Bun.sleep(10).then(() => false)]))) {
    if (acknowledged.size !== seenCount) {
      seenCount = acknowledged.size;
      since = performance.now();
    }
    longest = Math.max(longest, performance.now() - since);
  }
  return Math.round(longest);
}
