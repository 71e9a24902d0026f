import { basename, dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { steps } from '../../deploy/local/command-line.ts';
import { again } from '../ui/command-line.ts';
import { type BatchResult, uuidv7 } from '../../sdk/index.ts';
import { CliError, EXIT, talk } from '../ui/output.ts';
import { toCliError } from '../ui/failure.ts';
import { interruptSignal, type SystemFlags } from '../config/session.ts';
import { findHeader } from './find-header.ts';
import { importEvents, type ImportReport } from './import-events.ts';
import { formatOf, openSource, sizeOf } from './input.ts';
import { createJudge } from './judge.ts';
import { chooseJournal, type Journal, type JournalFile, openJournal } from './journal.ts';
import { type Layout, type LayoutFlags, layoutFlagsOf, readLayout } from './layout.ts';
import { createProgress } from './progress.ts';
import { createEventReader, type EventKind } from './read-event.ts';
import { tableOfRejects } from './read-table.ts';
import { createRecordReader, type Place, type RecordReader } from './records.ts';
import { createTally, printReport } from './report.ts';
import { isWritable } from '../ui/write-file.ts';
import { openRejects, type RejectedRecord, type Rejection, type RejectsFile } from './rejects.ts';

export interface ImportFlags extends SystemFlags, LayoutFlags {
  format?: string;
  resume?: boolean;
  restart?: boolean;
  rejects?: string;
  dryRun?: boolean;
  allowEmpty?: boolean;
}

export interface ImportDestination<Event> {
  home: string;
  system: string;
  /** Given to events that name no user. */
  userId: string;
  /** The only customer the sender may write for; null for the internal key. */
  ownerId: string | null;
  send(events: Event[], signal: AbortSignal): Promise<BatchResult>;
}

/** So many rejections are shown on stderr; all of them are in their file. */
const TOLD_MAX = 10;

/** Imports a file, prints the report, and fails when any record was rejected. */
export async function importFile<Event>(
  file: string,
  flags: ImportFlags,
  kind: EventKind,
  destination: ImportDestination<Event>,
): Promise<void> {
  const { home, system, userId } = destination;
  const signal = interruptSignal();
  const { required, optional } = kind.columns;
  const layout = readLayout(flags, kind.kind, [...required, ...optional]);
  const source = openSource(file, layout.encoding);
  const path = file === '-' ? '-' : resolve(file);
  const journalFile = openJournal(home, { kind: kind.kind, system, userId, file: path });
  if (!flags.dryRun) journalFile.claim();
  const earlier = flags.dryRun ? null : journalFile.load();
  const journal = chooseJournal(earlier, file, { resume: flags.resume ?? false, restart: !!flags.restart });
  sayWhereItBegins(file, flags, earlier, journal);

  const reader = createRecordReader(source.chunks);
  const start = journal
    ? await goOn(reader, journal, { file, layout })
    : await begin(reader, { file, flags, kind, layout, rejectsFile: rejectsFileOf(file, flags) });
  const table =
    start.format === 'rejects' ? 'kept' : start.header && tableOfRejects(start.header, start.layout);
  const rejects = flags.dryRun ? null : openRejects(start.rejectsFile, start.rejectsBytes, table);
  try {
    const report = await sendAll(start, {
      file,
      reader,
      kind,
      flags,
      rejects,
      journalFile,
      destination,
      signal,
    });
    printReport(report, { before: start, rejects, flags });
  } finally {
    rejects?.close();
  }
}

function sayWhereItBegins(file: string, flags: ImportFlags, earlier: Journal | null, now: Journal | null) {
  if (now) talk(`going on after line ${now.place.line.toLocaleString('en')} of ${file}`);
  else if (flags.resume) talk('there is nothing to resume: from the beginning');
  else if (earlier?.done && file !== '-') {
    talk(`${file} was imported before: sent again, as new events`);
    talk(`what was added alone: ${again({ '--resume': true })}`);
  }
}

function rejectsFileOf(file: string, flags: ImportFlags): string {
  const beside = resolve(`${file === '-' ? 'stdin' : file}.rejected.ndjson`);
  const path = resolve(flags.rejects ?? (isWritable(dirname(beside)) ? beside : basename(beside)));
  if (path !== resolve(file)) return path;
  throw new CliError('--rejects must be another file than the input', EXIT.usage);
}

type Start = Omit<Journal, 'owner' | 'done'>;

async function begin(
  reader: RecordReader,
  options: { file: string; flags: ImportFlags; kind: EventKind; layout: Layout; rejectsFile: string },
): Promise<Start> {
  const { file, flags, kind, layout, rejectsFile } = options;
  const format = formatOf(file, flags.format, await reader.peek());
  const [useless] = format === 'ndjson' ? layoutFlagsOf(layout) : [];
  if (useless)
    throw new CliError(
      `${useless} is of a table, and ${file} is NDJSON`,
      EXIT.usage,
      again({ [useless]: null }),
    );
  const header = format === 'csv' ? await findHeader(reader, { file, kind, layout }) : null;
  const startedAt = new Date().toISOString();
  const counts = { accepted: 0, rejected: 0, rejectsBytes: 0 };
  const place = reader.place();
  return { importId: uuidv7(), startedAt, format, header, layout, place, rejectsFile, ...counts };
}

async function goOn(
  reader: RecordReader,
  journal: Journal,
  { file, layout }: { file: string; layout: Layout },
): Promise<Start> {
  if (!isDeepStrictEqual(layout, journal.layout)) {
    const restart = again({ '--resume': null, '--restart': true });
    const hint = steps('give the same layout (--map, --decimal, --date …) as before', restart);
    throw new CliError(`the import of ${file} began with another layout`, EXIT.conflict, hint);
  }
  if (await reader.skipTo(journal.place)) return journal;
  throw new CliError(
    `${file} is not what was imported before: it differs up to line ${journal.place.line}`,
    EXIT.conflict,
    again({ '--resume': null, '--restart': true }),
  );
}

interface Sending<Event> {
  file: string;
  reader: RecordReader;
  kind: EventKind;
  flags: ImportFlags;
  rejects: RejectsFile | null;
  journalFile: JournalFile;
  destination: ImportDestination<Event>;
  signal: AbortSignal;
}

async function sendAll<Event>(start: Start, sending: Sending<Event>): Promise<ImportReport> {
  const { file, reader, kind, flags, rejects, journalFile, destination, signal } = sending;
  const progress = createProgress(sizeOf(file), start.place.offset);
  const judge = createJudge(kind.kind, destination.ownerId, start.importId);
  const tally = createTally(flags.resume ? [] : start.layout.only);
  let toldCount = 0;
  let isBegun = false;
  const save = (report: Pick<ImportReport, 'accepted' | 'rejected'>, place: Place, isComplete: boolean) => {
    if (flags.dryRun) return;
    isBegun = true;
    const accepted = start.accepted + report.accepted;
    const rejected = start.rejected + report.rejected;
    const rejectsBytes = rejects?.bytes() ?? 0;
    journalFile.save({ ...start, place, accepted, rejected, rejectsBytes, done: isComplete });
  };
  const onRejected = (rejection: Rejection, record: RejectedRecord) => {
    rejects?.add(rejection, record);
    toldCount += 1;
    if (toldCount > TOLD_MAX) return;
    progress.clear();
    talk(`${file}:${rejection.line}: ${rejection.message} (${rejection.code})`);
    if (toldCount === TOLD_MAX) talk('further rejected lines are not shown');
  };
  const send = (events: Event[]) => {
    // The first batch may be taken although its response is lost: its ids must be known by then.
    if (!isBegun) save({ accepted: 0, rejected: 0 }, start.place, false);
    return flags.dryRun ? Promise.resolve(judge(events)) : destination.send(events, signal);
  };
  try {
    const report = await importEvents<Event>({
      file,
      records: reader.records(start.format, start.layout),
      place: reader.place,
      read: createEventReader(start, kind, destination.userId, tally) as (
        text: string,
        line: number,
      ) => Event | string | null,
      send,
      onRejected,
      onBatch(state, place) {
        save(state, place, false);
        progress.show({ ...state, bytes: place.offset });
      },
      signal,
    });
    save(report, reader.place(), true);
    progress.clear();
    tally.say(file);
    return report;
  } catch (error) {
    throw await withResumption(error, file, flags);
  } finally {
    progress.clear();
  }
}

async function withResumption(failure: unknown, file: string, flags: ImportFlags): Promise<unknown> {
  const error = await toCliError(failure);
  if (!(error instanceof CliError) || flags.dryRun) return error;
  const resume = again({ '--restart': null, '--resume': true });
  const first = error.exitCode === EXIT.interrupted || !error.hint ? [] : [error.hint];
  const hint = steps(...first, resume, ...(file === '-' ? ['with the same input'] : []));
  const { code, requestId } = error;
  return new CliError(error.message, error.exitCode, hint, { code, requestId });
}
