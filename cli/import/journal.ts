import { createHash } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CliError, EXIT } from '../ui/output.ts';
import { writePrivate } from '../config/profiles.ts';
import { identify, isAlive, type ProcessId } from '../../deploy/local/processes/process-id.ts';
import type { Header } from './csv.ts';
import type { Layout } from './layout.ts';
import type { Format, Place } from './records.ts';

/**
 * How far an import has come, written before the first batch is sent and after each that was taken:
 *
 *   begun --batch--> begun (further) --end of input--> done
 *   begun or done --resume, same input--> begun, from its place on
 *
 * The ids of events without one are made from `importId` and their line: a batch that was taken in the moment
 * of an interruption, and is sent again, counts once.
 */
export interface Journal {
  importId: string;
  startedAt: string;
  format: Format;
  header: Header | null;
  layout: Layout;
  place: Place;
  accepted: number;
  rejected: number;
  rejectsFile: string;
  rejectsBytes: number;
  done: boolean;
  owner: ProcessId;
}

/** The file and its owner: the same again is the same import. */
interface ImportSubject {
  kind: string;
  system: string;
  userId: string;
  /** Absolute, or `-`. */
  file: string;
}

export interface JournalFile {
  /** Makes this process the only one that imports the file. Throws a conflict while another does. */
  claim(): void;
  load(): Journal | null;
  save(journal: Omit<Journal, 'owner'>): void;
}

export function openJournal(home: string, subject: ImportSubject): JournalFile {
  const name = createHash('sha256')
    .update(JSON.stringify(Object.values(subject)))
    .digest('hex')
    .slice(0, 32);
  const path = join(home, 'imports', `${name}.json`);
  const owner = identify(process.pid);
  return {
    claim: () => claimLock(`${path}.lock`, subject.file, owner),
    load() {
      try {
        return JSON.parse(readFileSync(path, 'utf8')) as Journal;
      } catch {
        return null;
      }
    },
    save: (journal) => writePrivate(path, `${JSON.stringify({ ...subject, ...journal, owner })}\n`),
  };
}

/** Of this process; removed at its end. Those of a killed process have a dead owner. */
const locks = new Set<string>();

/** A lock is linked with its content: one of two processes makes it, and no reader finds it empty. */
function claimLock(path: string, file: string, owner: ProcessId): void {
  if (locks.has(path)) return;
  const draft = `${path}.${owner.pid}`;
  writePrivate(draft, JSON.stringify(owner));
  try {
    while (!tryLink(draft, path)) {
      const stale = `${draft}.stale`;
      const holder = readOwner(path);
      if (isAlive(holder)) throw anotherRuns(file, holder);
      if (!tryRename(path, stale)) continue;
      // Another process may have replaced it in between.
      const moved = readOwner(stale);
      if (isAlive(moved)) {
        tryLink(stale, path);
        throw anotherRuns(file, moved);
      }
      rmSync(stale);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  if (locks.size === 0) process.once('exit', () => locks.forEach((lock) => rmSync(lock, { force: true })));
  locks.add(path);
}

const anotherRuns = (file: string, { pid }: ProcessId) =>
  new CliError(`another import of ${file} runs (pid ${pid})`, EXIT.conflict);

function readOwner(path: string): Partial<ProcessId> | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessId;
  } catch {
    return undefined;
  }
}

const tryLink = (from: string, to: string) => succeeds(() => linkSync(from, to), 'EEXIST');
const tryRename = (from: string, to: string) => succeeds(() => renameSync(from, to), 'ENOENT');

/** False for the one error that is expected. */
function succeeds(act: () => void, code: string): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return false;
    throw error;
  }
}

/**
 * The journal to go on with, or null for an import from the beginning. Throws a conflict rather than send a
 * part of a file twice.
 */
export function chooseJournal(
  earlier: Journal | null,
  file: string,
  wish: { resume: boolean; restart: boolean },
): Journal | null {
  if (!earlier) return null;
  if (!earlier.done && isAlive(earlier.owner) && earlier.owner.pid !== process.pid) {
    throw new CliError(`another import of ${file} runs (pid ${earlier.owner.pid})`, EXIT.conflict);
  }
  if (wish.resume) return earlier;
  if (earlier.done || wish.restart || file === '-') return null;
  throw new CliError(
    `an import of ${file} was interrupted after line ${earlier.place.line}`,
    EXIT.conflict,
    '--resume goes on there; --restart sends all of it again, as new events',
  );
}

/** The id of the event of a line, always the same one: a UUIDv7 of the import's time. */
export function eventIdAt(importId: string, line: number): string {
  const hash = createHash('sha256').update(`${importId}:${line}`).digest('hex');
  const variant = ((Number.parseInt(hash.slice(0, 1), 16) & 3) | 8).toString(16);
  const time = importId.slice(0, 13);
  return `${time}-7${hash.slice(1, 4)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
}

/** Whether an id was made by `eventIdAt` for a line of this import: it has the import's millisecond. */
export function isIdOf(importId: string, eventId: string): boolean {
  return eventId.startsWith(importId.slice(0, 13));
}
