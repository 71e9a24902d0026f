import { closeSync, openSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { identify, listPids, parentOf, type ProcessId } from './process-id.ts';

/**
 * The mark of a data folder's children: each has a file of the folder open, at this number. It is there from
 * the first moment, inherited by a child's own children, and no title of a process overwrites it, as it does
 * the environment.
 */
const MARK_FD = 3;
const WRITE_ONLY = 1;
const ACCESS_MODE = 3;

const markFile = (dataDir: string) => join(dataDir, 'up.children');

/** Calls with a descriptor that a child is to have at its first free number. */
export function withMark<T>(dataDir: string, spawn: (descriptor: number) => T): T {
  const descriptor = openSync(markFile(dataDir), 'a', 0o600);
  try {
    return spawn(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Finds the processes that were started for a data folder and run, but for those of which one of them is the
 * parent. Finds none where there is no /proc.
 */
export function findMarked(dataDir: string): ProcessId[] {
  const file = markFile(realPathOf(dataDir));
  const marked = listPids().filter((pid) => hasMark(pid, file));
  return marked.filter((pid) => !marked.includes(parentOf(pid) ?? 0)).map(identify);
}

function realPathOf(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}

function hasMark(pid: number, file: string): boolean {
  try {
    // A folder that was removed has left its processes.
    if (readlinkSync(`/proc/${pid}/fd/${MARK_FD}`).replace(/ \(deleted\)$/, '') !== file) return false;
    // A copy or a search of the folder only reads it.
    const [, flags = ''] =
      /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${MARK_FD}`, 'utf8')) ?? [];
    return (Number.parseInt(flags, 8) & ACCESS_MODE) === WRITE_ONLY;
  } catch {
    return false;
  }
}
