import type { Stage } from './drill.ts';

/** The shortest and the longest, in milliseconds. */
type Range = readonly [shortest: number, longest: number];

const KILLED_SHARE = 0.7;

/** On a busy machine as well, all processes are back within this time once nothing is killed. */
const CALM_MS_MAX = 300_000;

/**
 * Kills and freezes services and engines at random, one after the other, until the work is over; returns the
 * number of kills. With `calmEveryMs`, all processes are back once in that time: on a machine on which they
 * start more slowly than they are killed, no step of the work would ever succeed.
 */
export async function storm(
  { faults, random }: Stage,
  work: Promise<unknown>,
  { pauseMs, freezeMs, calmEveryMs = Infinity }: { pauseMs: Range; freezeMs: Range; calmEveryMs?: number },
): Promise<number> {
  let kills = 0;
  let calmAt = Date.now() + calmEveryMs;
  const over = work.then(() => true);
  while (!(await Promise.race([over, Bun.sleep(random.integer(...pauseMs)).then(() => false)]))) {
    if (Date.now() > calmAt) {
      await faults.allBack(CALM_MS_MAX);
      calmAt = Date.now() + calmEveryMs;
    }
    const name = random.pick([...faults.names('service'), ...faults.names('engine')]);
    if (random.next() < KILLED_SHARE) {
      await faults.kill(name);
      kills += 1;
    } else await faults.freeze(name, random.integer(...freezeMs));
  }
  return kills;
}
