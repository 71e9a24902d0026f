/** A file that imports this runs in both tiers, in .ci/run in the slow one alone: `tests/run.ts` finds it by the import. */
export const isSlow = process.env.ECS_TEST_TIER === 'slow';

/**
 * Returns the number of cases of a property: few in each `npm test`, all in the slow tier. `variable`
 * overrides both.
 */
export function casesOf(variable: string, cases: { quick: number; slow: number }): number {
  return Number(process.env[variable] ?? (isSlow ? cases.slow : cases.quick));
}
