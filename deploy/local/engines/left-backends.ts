import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { listPids, parentOf } from '../processes/process-id.ts';

/**
 * Ends the backends of a PostgreSQL server that is gone. A backend that waits for a killed one's lock
 * never ends, and no server starts while one uses the shared memory of the data folder ("pre-existing shared
 * memory block is still in use"). Does nothing while the server runs, or without /proc; spares processes of
 * other programs that work in the folder.
 */
export function endLeftBackends(dataFolder: string): void {
  const pids = listPids().filter((pid) => worksIn(pid, dataFolder));
  // A server is the parent of its backends, also without its pid file; a left backend has another parent.
  if (pids.includes(serverOf(dataFolder) ?? 0) || pids.some((pid) => pids.includes(parentOf(pid) ?? 0)))
    return;
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile, or belongs to another user.
    }
  }
}

/** Whether a process is one of PostgreSQL's on this folder. They work in it, and so may a shell, or psql. */
export function worksIn(pid: number, folder: string): boolean {
  try {
    if (readlinkSync(`/proc/${pid}/cwd`) !== folder) return false;
    // An upgrade removes the program of a process that still runs.
    return /^postgres( \(deleted\))?$/.test(basename(readlinkSync(`/proc/${pid}/exe`)));
  } catch {
    return false;
  }
}

/** The pid that the server wrote, of whatever process it is now; `--single` writes its own with a minus. */
function serverOf(dataFolder: string): number | null {
  try {
    const [line = ''] = readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
    return Math.abs(Number(line));
  } catch {
    return null;
  }
}
