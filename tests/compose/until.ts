const UNTIL_MS = 240_000;

/** Resolves with false when the deadline has come. */
export async function until(condition: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + UNTIL_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) return false;
    await Bun.sleep(500);
  }
  return true;
}
