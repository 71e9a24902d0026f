import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { writePrivate } from '../config/profiles.ts';
import { identify, isAlive, type ProcessId } from '../../deploy/local/processes/process-id.ts';
import { claimLock, type ProcessLock, readHolder } from '../../deploy/local/processes/process-lock.ts';
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
    claim: () => claimFile(`${path}.lock`, subject.file),
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

/** Held by this process until it ends. */
const locks = new Map<string, ProcessLock>();

function claimFile(path: string, file: string): void {
  if (locks.has(path)) return;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const lock = claimLock(path);
  if (lock === null) throw anotherRuns(file, readHolder(path));
  locks.set(path, lock);
}

function anotherRuns(file: string, holder: ProcessId | null): CliError {
  const by = holder ? ` (pid ${holder.pid})` : '';
  return new CliError(`another import of ${file} runs${by}`, EXIT.conflict);
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
    throw anotherRuns(file, earlier.owner);
  }
  if (wish.resume) return earlier;
  if (earlier.done || wish.restart || file === '-') return null;
  throw new CliError(
    `an import of ${file} was interrupted after line ${earlier.place.line}: --resume goes on there, ` +
      '--restart sends all of it again, as new events',
    EXIT.conflict,
    steps(again({ '--resume': true }), again({ '--restart': true })),
  );
}

/** The id of the event of a line, always the same one: a UUIDv7 of the import's time. */
export function eventIdAt(importId: string, line: number): string {
  const hash = Bun.CryptoHasher.hash('sha256', `${importId}:${line}`, 'hex');
  const variant = ((Number.parseInt(hash.slice(0, 1), 16) & 3) | 8).toString(16);
  const time = importId.slice(0, 13);
  return `${time}-7${hash.slice(1, 4)}-${variant}${hash.slice(4, 7)}-${hash.slice(7, 19)}`;
}

/** Whether an id was made by `eventIdAt` for a line of this import: it has the import's millisecond. */
export function isIdOf(importId: string, eventId: string): boolean {
  return eventId.startsWith(importId.slice(0, 13));
}
