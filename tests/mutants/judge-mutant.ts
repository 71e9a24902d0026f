import { join } from 'node:path';
import type { Mutant } from './make-mutants.ts';
import { runTests } from './run-tests.ts';

const PRELOAD = join(import.meta.dir, 'preload.ts');

export type Verdict = 'killed' | 'timed out' | 'survived' | 'not judged';

/** Failures of a test that a busy machine makes as well as a mutant does. */
const LATE = /timed out after|did not come true in|missed its deadline|TIMEOUT/;
const ATTEMPTS_MAX = 3;

/**
 * Runs the tests on a mutant until the first that fails. One that fails for want of time was noticed where the
 * unchanged code passes right after it; else both run again, and in the end nothing is said of the mutant.
 */
export async function judgeMutant(
  mutant: Mutant,
  { root, tests, limitMs, env }: { root: string; tests: string[]; limitMs: number; env: NodeJS.ProcessEnv },
): Promise<Verdict> {
  const { start, end, replacement } = mutant;
  const change = { path: join(root, mutant.file), start, end, replacement };
  const run = { root, tests, limitMs };
  const options = ['--bail', '--timeout=30000'];
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    const { hasPassed, isLate, report } = await runTests({
      ...run,
      env: { ...env, ECS_MUTANT: JSON.stringify(change) },
      options: [...options, `--preload=${PRELOAD}`],
    });
    if (hasPassed) return 'survived';
    if (!isLate && !LATE.test(report)) return 'killed';
    const unchanged = await runTests({ ...run, env, options });
    if (unchanged.hasPassed) return isLate ? 'timed out' : 'killed';
  }
  return 'not judged';
}
