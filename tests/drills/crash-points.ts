import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FAILPOINTS, type FailpointName } from '../../platform/kernel/failpoint.ts';
import type { Drill } from './drill.ts';

export const CRASH_POINTS: Drill[] = [
  crashAt(
    'crash-everywhere',
    `a process dies at each of the ${FAILPOINTS.length} places where a flow could be torn`,
    FAILPOINTS,
    600,
  ),
  crashAt(
    'crash-in-acceptance',
    'the same with nothing but acceptances, so that each crash hits one',
    FAILPOINTS.filter((place) => place !== 'ingest.published'),
    0,
  ),
  ...FAILPOINTS.map((place) =>
    crashAt(
      `crash-at-${place.replace('.', '-')}`,
      `the process that reaches ${place} dies there, in the middle of the flow`,
      [place],
      300,
      // An odd one: a control that adds a place in front of the real one is then hit at its own.
      3,
    ),
  ),
];

/**
 * A crash at every place of the flows where two awaits meet: once each, in whichever service gets there first.
 */
function crashAt(
  name: string,
  summary: string,
  places: readonly FailpointName[],
  events: number,
  turn = 2,
): Drill {
  const fileOf = (dataDir: string, place: string) => join(dataDir, `crashed-${place}`);
  return {
    name,
    summary,
    events,
    variables: (dataDir) => ({
      ECS_FAIL: places.map((place) => `${place}@${turn}:${fileOf(dataDir, place)}`).join(','),
    }),
    async run({ claim, startLoad, system }) {
      await startLoad().done;
      const allExist = () => places.every((place) => existsSync(fileOf(system.dataDir, place)));
      // The last of them may be reached after the last response only.
      for (let waits = 0; waits < 100 && !allExist(); waits += 1) await Bun.sleep(100);
      for (const place of places) claim(`reached ${place}`, existsSync(fileOf(system.dataDir, place)));
      return { crashes: places.length };
    },
  };
}
