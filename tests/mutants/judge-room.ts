import { judgeMutant, type Verdict } from './judge-mutant.ts';
import type { Mutant } from './make-mutants.ts';
import { measureTest, reaches, type TestReach } from './measure-tests.ts';

export type Judged = Mutant & { verdict: Verdict | 'not reached' };

interface Run {
  root: string;
  env: NodeJS.ProcessEnv;
  concurrency: number;
  note: (text: string) => void;
  /** Called with each mutant as soon as it is judged. */
  onJudged?: (mutant: Judged) => void;
}

/** Judges each mutant by the tests that reach it, the quickest test first. */
export async function judgeRoom(
  { name, mutants, tests }: { name: string; mutants: Mutant[]; tests: string[] },
  run: Run,
): Promise<Judged[]> {
  const { note, concurrency } = run;
  const reach: TestReach[] = [];
  for (const test of tests) {
    note(`${name}: ${test} without a mutant`);
    reach.push(await measureTest(test, run));
  }
  const judged: Judged[] = [];
  let next = 0;
  let killed = 0;
  const judgeNext = async (): Promise<void> => {
    for (let index = next++; index < mutants.length; index = next++) {
      const mutant = mutants[index] as Mutant;
      const verdict = await judgeReached(mutant, reach, run);
      judged[index] = { ...mutant, verdict };
      run.onJudged?.({ ...mutant, verdict });
      if (isKilled(verdict)) killed += 1;
      note(`${name}: ${index + 1} of ${mutants.length}, ${killed} killed, ${mutant.file}:${mutant.line}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, judgeNext));
  return judged;
}

export const isKilled = (verdict: Judged['verdict']) => verdict === 'killed' || verdict === 'timed out';

async function judgeReached(mutant: Mutant, reach: TestReach[], run: Run): Promise<Judged['verdict']> {
  const reaching = reach
    .filter((test) => reaches(test, mutant.file, mutant.line))
    .toSorted((a, b) => a.durationMs - b.durationMs);
  // One process for each test file: the quick ones kill most.
  for (const { test, durationMs } of reaching) {
    const limitMs = 10_000 + 5 * durationMs;
    const verdict = await judgeMutant(mutant, { ...run, tests: [test], limitMs });
    if (verdict !== 'survived') return verdict;
  }
  return reaching.length === 0 ? 'not reached' : 'survived';
}
