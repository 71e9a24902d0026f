/** The iteration's time is over: thrown out of whatever the script waits for, and counted as interrupted. */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** `exec.test.abort()`: ends the whole test. */
export class Abort extends Error {
  override name = 'Abort';
}
