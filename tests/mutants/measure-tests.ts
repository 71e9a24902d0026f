import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from './run-tests.ts';

/** A test file: the lines that it runs of each file, and its duration. */
export interface TestReach {
  test: string;
  /** By file, how often each line with code ran. */
  lines: Map<string, Map<number, number>>;
  durationMs: number;
}

/** Runs one test file with coverage. Throws an Error when it fails: mutants are judged by green tests only. */
export async function measureTest(
  test: string,
  { root, env }: { root: string; env: NodeJS.ProcessEnv },
): Promise<TestReach> {
  const folder = mkdtempSync(join(tmpdir(), 'ecs-mutants-'));
  const startedAt = performance.now();
  const { hasPassed, report } = await runTests({
    root,
    env,
    options: ['--timeout=60000', '--coverage', '--coverage-reporter=lcov', `--coverage-dir=${folder}`],
    tests: [test],
  });
  if (!hasPassed) throw new Error(`${test} fails without a mutant\n${report.slice(-2000)}`);
  const lines = readLines(readFileSync(join(folder, 'lcov.info'), 'utf8'));
  rmSync(folder, { recursive: true });
  return { test, lines, durationMs: performance.now() - startedAt };
}

/**
 * Whether the test can see a change of the line. A line without a count holds no code of its own (the middle
 * of an expression): there it is enough that the file is loaded.
 */
export function reaches({ lines }: TestReach, file: string, line: number): boolean {
  if (file.endsWith('.json')) return true;
  const counts = lines.get(file);
  return counts !== undefined && counts.get(line) !== 0;
}

function readLines(lcov: string): TestReach['lines'] {
  const files: TestReach['lines'] = new Map();
  let counts = new Map<number, number>();
  for (const row of lcov.split('\n')) {
    if (row.startsWith('SF:')) {
      counts = new Map();
      files.set(row.slice(3), counts);
    }
    const [, line, count] = /^DA:(\d+),(\d+)/.exec(row) ?? [];
    if (line) counts.set(Number(line), Number(count));
  }
  return files;
}
