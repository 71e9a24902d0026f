import { readdirSync, readFileSync } from 'node:fs';

/** The variable by which the processes of one run of tests are found again; they inherit it. */
export const RUN_MARK = 'ECS_MUTANT_RUN';

/**
 * Ends what a run of tests left behind: one that stops at its first failure, or is killed, ends no engine of
 * its own. By `/proc`: on other systems they stay.
 */
export function endMarked(mark: string): void {
  const needle = `${RUN_MARK}=${mark}`;
  for (const name of readDirectory('/proc')) {
    if (!/^\d+$/.test(name) || !readText(`/proc/${name}/environ`).split('\0').includes(needle)) continue;
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch {
      // Gone by itself.
    }
  }
}

function readDirectory(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
