/** A file that imports this runs in both tiers: `tests/run.ts` finds it by the import. */
const isSlow = process.env.ECS_TEST_TIER === 'slow';

/**
 * Returns the number of cases of a property: few in each `npm test`, all in the slow tier. `variable`
 * overrides both.
 */
export function casesOf(variable: string, cases: { quick: number; slow: number }): number {
  return Number(process.env[variable] ?? (isSlow ? cases.slow : cases.quick));
}

/**
 * The system that a suite of both shapes runs on: one process in `npm test`, a process per service in the
 * slow tier.
 */
export const SHAPE = isSlow
  ? { title: 'a process per service', split: true }
  : { title: 'one process', split: false };
