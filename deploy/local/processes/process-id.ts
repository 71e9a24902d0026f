import { readdirSync, readFileSync } from 'node:fs';
import { monotonicMs } from '../../../platform/kernel/monotonic-ms.ts';

/** Identifies a process by values that are never reused together: its pid and its start time. */
export interface ProcessId {
  pid: number;
  startedAt: string;
}

export function identify(pid: number): ProcessId {
  return { pid, startedAt: startTimeOf(pid) ?? '' };
}

/** Whether this very process still runs, not another that got its pid. */
export function isAlive(id: Partial<ProcessId> | undefined): id is ProcessId {
  return id?.pid !== undefined && id.startedAt !== undefined && startTimeOf(id.pid) === id.startedAt;
}

/** Ends a process that is not our child: the signal, then SIGKILL. */
export async function endProcess(id: ProcessId, signal: NodeJS.Signals, deadlineMs: number): Promise<void> {
  const send = (signalName: NodeJS.Signals) => {
    try {
      if (isAlive(id)) process.kill(id.pid, signalName);
    } catch {
      // Gone in between.
    }
  };
  send(signal);
  send('SIGCONT');
  const deadline = monotonicMs() + deadlineMs;
  while (isAlive(id)) {
    if (monotonicMs() > deadline) send('SIGKILL');
    await Bun.sleep(25);
  }
}

/** The processes of this machine; none where there is no /proc. */
export function listPids(): number[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
  } catch {
    return [];
  }
}

/** Returns null for a process that is gone, and where there is no /proc. */
export function parentOf(pid: number): number | null {
  const fields = statOf(pid);
  return fields === null ? null : Number(fields[1]);
}

/** When a process started, in the system's own words; null when there is none, or only its remains. */
function startTimeOf(pid: number): string | null {
  if (process.platform === 'linux') {
    const fields = statOf(pid);
    return fields === null || fields[0] === 'Z' ? null : (fields[19] ?? null);
  }
  const { stdout, exitCode } = Bun.spawnSync(['ps', '-o', 'lstart=', '-p', String(pid)]);
  return exitCode === 0 ? stdout.toString().trim() || null : null;
}

/** The fields of a process from its state (3rd) on: parent (4th) .. start time (22nd). */
function statOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before them, in parentheses, may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}
