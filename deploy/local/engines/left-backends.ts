import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Ends the backends of a PostgreSQL server that is gone. A backend that waits for a lock of a killed one
 * waits for ever, and no server starts on a data folder in whose shared memory somebody is: "pre-existing
 * shared memory block is still in use". Does nothing while the server runs, nor where there is no /proc.
 */
export function endLeftBackends(dataFolder: string): void {
  if (!existsSync('/proc/self/cwd')) return;
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && worksIn(name, dataFolder));
  if (pids.includes(serverOf(dataFolder) ?? '')) return;
  for (const pid of pids) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Gone by itself, or of somebody else.
    }
  }
}

/** PostgreSQL's processes work in their data folder. */
function worksIn(pid: string, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
}

/** The pid that the server wrote, of whatever process it is now. */
function serverOf(dataFolder: string): string | null {
  try {
    return readFileSync(join(dataFolder, 'postmaster.pid'), 'utf8').split('\n')[0]?.trim() ?? null;
  } catch {
    return null;
  }
}
