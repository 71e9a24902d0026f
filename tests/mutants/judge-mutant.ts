import { join } from 'node:path';
import type { Mutant } from './make-mutants.ts';
import { runTests } from './run-tests.ts';

const PRELOAD = join(import.meta.dir, 'preload.ts');

export type Verdict = 'killed' | 'timed out' | 'survived';

/** Runs the tests on a mutant until the first that fails. */
export async function judgeMutant(
  mutant: Mutant,
  { root, tests, limitMs, env }: { root: string; tests: string[]; limitMs: number; env: NodeJS.ProcessEnv },
): Promise<Verdict> {
  const { start, end, replacement } = mutant;
  const change = { path: join(root, mutant.file), start, end, replacement };
  const { hasPassed, isLate } = await runTests({
    root,
    env: { ...env, ECS_MUTANT: JSON.stringify(change) },
    options: ['--bail', '--timeout=30000', `--preload=${PRELOAD}`],
    tests,
    limitMs,
  });
  if (isLate) return 'timed out';
  return hasPassed ? 'survived' : 'killed';
}
