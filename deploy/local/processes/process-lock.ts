import { Database } from 'bun:sqlite';
import { accessSync, constants, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { identifyFolder, isWrittenIn } from './folder-identity.ts';
import { identify, isAlive, type ProcessId } from './process-id.ts';

/**
 * A lock file that one process holds; the operating system gives it up when that process ends, however it
 * ends.
 */
export interface ProcessLock {
  release(): void;
}

/** The process that holds a lock, and its words about itself. */
export interface LockHolder extends ProcessId {
  /** ISO 8601. */
  since: string;
  /** The identity of the lock's folder. */
  folder?: string;
  details: Record<string, string | number>;
}

/**
 * Claims a lock file, or returns null while another process (or this one) holds it. SQLite's own lock of an
 * empty database is the lock: `flock` for Bun. The file stays, as removing it would let two processes hold
 * one name.
 */
export function claimLock(path: string, details: LockHolder['details'] = {}): ProcessLock | null {
  // The message of SQLite would not say why.
  accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  const database = new Database(path, { create: true });
  try {
    database.run('pragma busy_timeout = 0');
    // No second file beside the lock.
    database.run('pragma journal_mode = memory');
    database.run('begin exclusive');
  } catch (error) {
    database.close();
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return null;
    throw error;
  }
  const holder: LockHolder = {
    ...identify(process.pid),
    since: new Date().toISOString(),
    folder: identifyFolder(dirname(path)),
    details,
  };
  const draft = `${holderFile(path)}.${process.pid}.tmp`;
  writeFileSync(draft, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  renameSync(draft, holderFile(path));
  return { release: () => database.close() };
}

/** Returns the living process that claimed a lock last: for messages, since it may have released it. */
export function readHolder(path: string): LockHolder | null {
  try {
    const holder = JSON.parse(readFileSync(holderFile(path), 'utf8')) as LockHolder;
    return isWrittenIn(dirname(path), holder) && isAlive(holder) ? holder : null;
  } catch {
    return null;
  }
}

/** Another file than the lock: a process that closes a locked file gives its lock up. */
const holderFile = (path: string) => `${path}.holder`;
