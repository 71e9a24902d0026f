import { readFileSync } from 'node:fs';
import { listPids } from '../../deploy/local/processes/process-id.ts';

/** The variable by which the processes of one run of tests are found again; they inherit it. */
export const RUN_MARK = 'ECS_MUTANT_RUN';

/**
 * Ends what a run of tests left behind: one that stops at its first failure, or is killed, ends no engine of
 * its own. By `/proc`: on other systems they stay.
 */
export function endMarked(mark: string): void {
  const needle = `${RUN_MARK}=${mark}`;
  for (const pid of listPids()) {
    if (!readText(`/proc/${pid}/environ`).split('\0').includes(needle)) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Gone by itself.
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
