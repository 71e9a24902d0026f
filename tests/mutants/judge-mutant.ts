import { join } from 'node:path';
import { endMarked, RUN_MARK } from './end-marked.ts';
import type { Mutant } from './make-mutants.ts';

const PRELOAD = join(import.meta.dir, 'preload.ts');

export type Verdict = 'killed' | 'timed out' | 'survived';

/**
 * Runs the tests on a mutant until the first that fails. A loop without an end is killed from outside: no
 * timeout of a test interrupts it.
 */
export async function judgeMutant(
  mutant: Mutant,
  { root, tests, limitMs, env }: { root: string; tests: string[]; limitMs: number; env: NodeJS.ProcessEnv },
): Promise<Verdict> {
  const { start, end, replacement } = mutant;
  const mark = crypto.randomUUID();
  const child = Bun.spawn(
    [
      process.execPath,
      'test',
      '--bail',
      '--timeout=30000',
      `--preload=${PRELOAD}`,
      ...tests.map((t) => `./${t}`),
    ],
    {
      cwd: root,
      env: {
        ...env,
        NODE_ENV: 'test',
        [RUN_MARK]: mark,
        ECS_MUTANT: JSON.stringify({ path: join(root, mutant.file), start, end, replacement }),
      },
      stdin: 'ignore',
      stdout: 'ignore',
      stderr: 'ignore',
    },
  );
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, limitMs);
  const status = await child.exited;
  clearTimeout(timer);
  endMarked(mark);
  if (isLate) return 'timed out';
  return status === 0 ? 'survived' : 'killed';
}
