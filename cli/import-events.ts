import type { BatchResult } from '../sdk/index.ts';
import { EcsError, LIMITS, PermissionError, uuidv7, ValidationError } from '../sdk/index.ts';
import { toCliError } from './failure.ts';
import { readLines } from './lines.ts';
import { CliError } from './output.ts';

/** A line that was not taken, by its number in the file. */
export interface Rejection {
  line: number;
  code: string;
  message: string;
}

export interface ImportReport {
  file: string;
  accepted: number;
  rejected: number;
  batches: number;
  durationMs: number;
}

export interface ImportOptions<Event> {
  /** `-` for standard input. */
  file: string;
  /** The event of a line's JSON, or what is wrong with it. */
  read(value: unknown): Event | string;
  send(events: Event[]): Promise<BatchResult>;
  onRejected(rejection: Rejection): void;
  onBatch(report: ImportReport): void;
  signal: AbortSignal;
}

type Numbered<Event> = { line: number; event: Event };

/**
 * Sends a file of events in batches, in memory that does not grow with the file. Each event gets its id once,
 * when its line is read, so that a batch that is sent again counts once. Throws a CliError that names the
 * line where it stopped.
 */
export async function importEvents<Event extends { eventId?: string | undefined }>(
  options: ImportOptions<Event>,
): Promise<ImportReport> {
  const startedMs = performance.now();
  const report = { file: options.file, accepted: 0, rejected: 0, batches: 0, durationMs: 0 };
  const reject = (rejection: Rejection) => {
    report.rejected += 1;
    options.onRejected(rejection);
  };
  let batch: Numbered<Event>[] = [];
  let bytes = 0;

  const flush = async (): Promise<void> => {
    if (batch.length === 0) return;
    const rejections = await sendBatch(batch, options).catch((error: unknown) => {
      throw stoppedAt(error, options.file, batch[0]?.line ?? 1);
    });
    for (const rejection of rejections) reject(rejection);
    report.accepted += batch.length - rejections.length;
    report.batches += 1;
    report.durationMs = Math.round(performance.now() - startedMs);
    batch = [];
    bytes = 0;
    options.onBatch(report);
  };

  for await (const { number, text } of readLines(options.file)) {
    options.signal.throwIfAborted();
    const read = text === null ? 'is too long' : readLine(text, options.read);
    if (typeof read === 'string') {
      reject({ line: number, code: 'invalid_line', message: read });
      continue;
    }
    const event = { ...read, eventId: read.eventId ?? uuidv7() };
    const size = Buffer.byteLength(JSON.stringify(event)) + 1;
    if (batch.length === LIMITS.batchLinesMax || bytes + size > LIMITS.batchBytesMax) await flush();
    batch.push({ line: number, event });
    bytes += size;
  }
  await flush();
  report.durationMs = Math.round(performance.now() - startedMs);
  return report;
}

function readLine<Event>(text: string, read: (value: unknown) => Event | string): Event | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is not valid JSON';
  }
  return read(value);
}

/**
 * The lines of a batch that the API did not take. A batch without one good line is an answer too, not a
 * failure.
 */
async function sendBatch<Event>(
  batch: Numbered<Event>[],
  options: ImportOptions<Event>,
): Promise<Rejection[]> {
  const lineOf = (place: number) => batch[place - 1]?.line ?? 0;
  try {
    const { rejected } = await options.send(batch.map(({ event }) => event));
    return rejected.map(({ line, code, message }) => ({ line: lineOf(line), code, message }));
  } catch (error) {
    if (!(error instanceof ValidationError || error instanceof PermissionError)) throw error;
    const messages = new Map(
      (error.problem?.errors ?? []).map(({ path, message }) => [Number(path.split('/').at(-1)), message]),
    );
    return batch.map(({ line }, index) => ({
      line,
      code: error.code,
      message: messages.get(index + 1) ?? error.problem?.detail ?? error.message,
    }));
  }
}

function stoppedAt(error: unknown, file: string, line: number): unknown {
  const known = toCliError(error);
  if (!(error instanceof EcsError) || !(known instanceof CliError)) return known;
  return new CliError(
    `${file}:${line}: stopped: ${known.message}; all lines before it were sent`,
    known.exitCode,
    known.hint,
  );
}
