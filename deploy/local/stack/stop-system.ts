import { findMarked } from '../processes/child-mark.ts';
import { endProcess, isAlive } from '../processes/process-id.ts';
import { claimIdleFolder, folderInUse, supervisorOf } from './claim-folder.ts';
import { readState, removeState, type SystemState } from './state.ts';

/** Longer than the supervisor's own deadlines; then the supervisor is killed, and its leftovers are ended. */
const STOP_MS = 60_000;
export const SERVICE_STOP_MS = 15_000;

/** Ends the system of a data folder, in order where it can; returns whether anything was running. */
export async function stopSystem(dataDir: string): Promise<boolean> {
  // A supervisor that has just begun has written no state yet: the state may be an earlier one's.
  const supervisor = supervisorOf(dataDir) ?? readState(dataDir)?.supervisor;
  const wasRunning = isAlive(supervisor);
  if (wasRunning) await endProcess(supervisor, 'SIGTERM', STOP_MS);
  const lock = claimIdleFolder(dataDir);
  // Without the lock, everything that runs belongs to a supervisor that has started meanwhile.
  if (!lock) return wasRunning;
  try {
    return (await endLeftovers(dataDir)) > 0 || wasRunning;
  } finally {
    lock.release();
  }
}

/** Ends the leftovers of an earlier supervisor; throws a conflict for one that still runs. */
export async function clearLeftovers(dataDir: string): Promise<void> {
  if (isAlive(readState(dataDir)?.supervisor)) throw folderInUse(dataDir);
  await endLeftovers(dataDir);
}

/**
 * Services first, engines last, each recognized by its start time; then the processes that a supervisor was
 * killed too early to list. Returns how many there were. The caller has the folder's lock.
 */
async function endLeftovers(dataDir: string): Promise<number> {
  const alive = childrenOf(readState(dataDir));
  for (const kind of ['service', 'engine'] as const) {
    const signal = kind === 'engine' ? 'SIGINT' : 'SIGTERM';
    const ending = alive.filter((child) => child.kind === kind && isAlive(child));
    await Promise.all(ending.map((child) => endProcess(child, signal, SERVICE_STOP_MS)));
  }
  let count = alive.length;
  // Repeated, since a process that is ended may leave children.
  for (let unlisted = findMarked(dataDir); unlisted.length > 0; unlisted = findMarked(dataDir)) {
    await Promise.all(unlisted.map((id) => endProcess(id, 'SIGINT', SERVICE_STOP_MS)));
    count += unlisted.length;
  }
  removeState(dataDir);
  return count;
}

/** The children that a supervisor has listed, and that run. */
function childrenOf(state: SystemState | null) {
  return (state?.children ?? []).flatMap(({ pid, startedAt, kind, name }) => {
    const id = { pid, startedAt };
    return isAlive(id) ? [{ ...id, kind, name }] : [];
  });
}

/** Finds the processes that a killed supervisor of a folder left running. */
export function findOrphans(dataDir: string): { name: string; pid: number }[] {
  const listed = childrenOf(readState(dataDir));
  const isListed = (pid: number) => listed.some((child) => child.pid === pid);
  const unlisted = findMarked(dataDir).filter(({ pid }) => !isListed(pid));
  return [...listed, ...unlisted.map(({ pid }) => ({ name: 'a process of it', pid }))];
}
