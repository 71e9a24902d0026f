import type { Stage } from './drill.ts';

/** The shortest and the longest, in milliseconds. */
type Range = readonly [shortest: number, longest: number];

const KILLED_SHARE = 0.7;

/**
 * Kills and freezes services and engines at random, one after the other, until the work is over; returns the
 * number of kills.
 */
export async function storm(
  { faults, random }: Stage,
  work: Promise<unknown>,
  { pauseMs, freezeMs }: { pauseMs: Range; freezeMs: Range },
): Promise<number> {
  let kills = 0;
  const over = work.then(() => true);
  while (!(await Promise.race([over, Bun.sleep(random.integer(...pauseMs)).then(() => false)]))) {
    const name = random.pick([...faults.names('service'), ...faults.names('engine')]);
    if (random.next() < KILLED_SHARE) {
      await faults.kill(name);
      kills += 1;
    } else await faults.freeze(name, random.integer(...freezeMs));
  }
  return kills;
}
