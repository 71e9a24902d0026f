import { chmodSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A file system in memory, on Linux. */
const MEMORY = '/dev/shm';
/** More than twice the peak of a whole run. */
const FREE_BYTES_MIN = 8 * 1024 ** 3;
/** Begins the name of a drill's data folder. */
export const DRILL_FOLDER = 'ecs-drill-';

/**
 * Puts the temporary files of a run and of its processes into memory, where there is plenty; returns a
 * function that removes them. Hundreds of thousands of files are made and removed, and next to removed ones a
 * disk's file system looks for a free place ten times as long as the copy of a database takes. A process that
 * is killed loses no more there than on a disk. A folder that the caller has chosen stays, and so do those of
 * drills for the search for a cause, where the run has failed.
 */
export function moveToMemory(): (exitCode: number) => void {
  if (process.env.TMPDIR || !hasMemory()) return () => {};
  const folder = mkdtempSync(join(MEMORY, 'ecs-'));
  const remove = (exitCode: number) => {
    const names = readdirSync(folder);
    const removed = names.filter((name) => exitCode === 0 || !name.startsWith(DRILL_FOLDER));
    for (const name of removed) rmSync(join(folder, name), { recursive: true, force: true });
    if (removed.length === names.length) rmdirSync(folder);
  };
  // PostgreSQL's own user has to reach its data.
  chmodSync(folder, 0o755);
  if (!startsPrograms(folder)) {
    remove(0);
    return () => {};
  }
  process.env.TMPDIR = folder;
  return remove;
}

function hasMemory(): boolean {
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    // A container may have less than its machine.
    const memoryBytes = Math.min(process.availableMemory(), process.constrainedMemory() || Infinity);
    return Math.min(bavail * bsize, memoryBytes) >= FREE_BYTES_MIN;
  } catch {
    return false;
  }
}

/** Containers may mount it without: tests install programs. */
function startsPrograms(folder: string): boolean {
  const program = join(folder, 'program');
  writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  try {
    return Bun.spawnSync([program]).exitCode === 0;
  } catch {
    return false;
  } finally {
    rmSync(program);
  }
}
