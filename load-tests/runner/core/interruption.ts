/**
 * The iteration's time is over: thrown out of every pending wait of the script, and counted as interrupted.
 */
export class Interrupted extends Error {
  override name = 'Interrupted';
}

/** `exec.test.abort()`: ends the whole test. */
export class Abort extends Error {
  override name = 'Abort';
}
