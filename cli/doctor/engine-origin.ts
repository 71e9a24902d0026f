import { readFileSync } from 'node:fs';
import { isAlive } from '../../deploy/local/processes/process-id.ts';
import type { ChildState, SystemState } from '../../deploy/local/stack/state.ts';

/** Who started an engine, and the remedy when it does not respond. */
export interface Origin {
  words: string;
  remedy: string;
}

/** An engine of a system: started by `ecs up`, or at the address of a variable. */
export function originOf(
  name: ChildState['name'],
  variable: string,
  { state, logOf }: { state: SystemState | null; logOf: (name: string) => string },
): Origin {
  const child = state?.children.find((engine) => engine.kind === 'engine' && engine.name === name);
  if (!child) return { words: `at the address of ${variable}`, remedy: `check ${variable}` };
  const words = `started by ecs up (pid ${child.pid ?? 'none'})`;
  if (isAlive(child) && isFrozen(child.pid)) return { words, remedy: `kill -CONT ${child.pid}` };
  return { words, remedy: `see ${logOf(name)}` };
}

/** Whether a signal has stopped the process; only known on Linux, from /proc. */
function isFrozen(pid: number): boolean {
  try {
    return /\) [Tt] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
