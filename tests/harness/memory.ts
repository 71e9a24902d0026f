import { chmodSync, mkdtempSync, readdirSync, rmdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system in memory, on Linux. */
const MEMORY = '/dev/shm';
/** More than twice the peak of a whole run. */
const FREE_BYTES_MIN = 8 * 1024 ** 3;
/** Begins the name of a drill's data folder. */
export const DRILL_FOLDER = 'ecs-drill-';

/** Outlives the run. Referenced, or its input would end with the next collection of garbage. */
const watchers: Bun.Subprocess<'pipe'>[] = [];

/**
 * Puts the temporary files of a run and of its processes into a folder of its own, in memory where there is
 * plenty; returns a function that removes it. Hundreds of thousands of files are made and removed, and next to
 * removed ones a disk's file system looks for a free place ten times as long as the copy of a database takes.
 * A folder that the caller has chosen stays, and so do those of drills for the search for a cause, where the
 * run has failed. Of a run that is killed another process ends the systems, and removes the folder.
 */
export function moveToFolder(kept: string[] = []): (exitCode: number) => void {
  if (process.env.TMPDIR) return () => {};
  const folder = makeFolder();
  process.env.TMPDIR = folder;
  const command = ['sh', join(import.meta.dir, 'end-left.sh'), folder, ...kept];
  const watcher = Bun.spawn(command, {
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
    // Without the variable it does not find itself; in a group of its own Ctrl-C does not reach it.
    env: { PATH: process.env.PATH },
    detached: true,
  });
  watcher.unref();
  watchers.push(watcher);
  return (exitCode) => {
    const names = readdirSync(folder);
    const removed = names.filter((name) => exitCode === 0 || !name.startsWith(DRILL_FOLDER));
    for (const name of removed) rmSync(join(folder, name), { recursive: true, force: true });
    if (removed.length === names.length) rmdirSync(folder);
    else writeFileSync(join(folder, 'over'), '');
  };
}

function makeFolder(): string {
  for (const root of hasMemory() ? [MEMORY, tmpdir()] : [tmpdir()]) {
    const folder = mkdtempSync(join(root, 'ecs-'));
    // PostgreSQL's own user has to reach its data.
    chmodSync(folder, 0o755);
    if (root !== MEMORY || startsPrograms(folder)) return folder;
    rmdirSync(folder);
  }
  throw new Error('there is no folder for temporary files');
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
