import type { BatchResult } from '../../sdk/index.ts';
import { EcsError, LIMITS, PermissionError, ValidationError } from '../../sdk/index.ts';
import { toCliError } from '../ui/failure.ts';
import { CliError } from '../ui/output.ts';
import { type InputRecord, type Place, RECORD_BYTES_MAX, type RecordReader } from './records.ts';
import { recordOf, type RejectedRecord, type Rejection } from './rejects.ts';

export interface ImportReport {
  file: string;
  accepted: number;
  rejected: number;
  /** Rows without a value, or of the other sign. */
  leftOut: number;
  batches: number;
  durationMs: number;
}

interface ImportOptions<Event> {
  file: string;
  records: AsyncIterable<InputRecord>;
  place: RecordReader['place'];
  /** Reads the event of a record's text, or its fault; null leaves it out. */
  read(text: string, line: number): Event | string | null;
  send(events: Event[]): Promise<BatchResult>;
  onRejected(rejection: Rejection, record: RejectedRecord): void;
  /** Called after each batch: everything before `place` was accepted or rejected. */
  onBatch(report: ImportReport, place: Place): void;
  signal: AbortSignal;
}

type Numbered<Event> = { line: number; text: string; event: Event };

/** A batch is sent before the next event could make it too large. */
const BATCH_BYTES_MAX = LIMITS.batchBytesMax - RECORD_BYTES_MAX - 1024;

/**
 * Sends records in batches, in memory that does not grow with their number. Throws a CliError that names the
 * line where it stopped.
 */
export async function importEvents<Event>(options: ImportOptions<Event>): Promise<ImportReport> {
  const startedMs = performance.now();
  const report = { file: options.file, accepted: 0, rejected: 0, leftOut: 0, batches: 0, durationMs: 0 };
  const reject = (rejection: Rejection, record: RejectedRecord) => {
    report.rejected += 1;
    options.onRejected(rejection, record);
  };
  let batch: Numbered<Event>[] = [];
  let bytes = 0;

  const flush = async (): Promise<void> => {
    if (batch.length > 0) {
      const rejections = await sendBatch(batch, options).catch(async (error: unknown) => {
        throw await stoppedAt(error, options.file, batch[0]?.line ?? 1);
      });
      for (const { text, ...rejection } of rejections) reject(rejection, { text });
      report.accepted += batch.length - rejections.length;
      report.batches += 1;
    }
    report.durationMs = Math.round(performance.now() - startedMs);
    batch = [];
    bytes = 0;
    options.onBatch(report, options.place());
  };

  for await (const { line, text, problem, raw } of options.records) {
    options.signal.throwIfAborted();
    const parsed = text === null ? (problem ?? 'cannot be read') : options.read(text, line);
    if (typeof parsed === 'string') {
      const record = raw ? recordOf(raw) : { text: text ?? '' };
      reject({ line, code: 'invalid_line', message: parsed }, record);
      continue;
    }
    if (parsed === null) {
      report.leftOut += 1;
      continue;
    }
    batch.push({ line, text: text ?? '', event: parsed });
    bytes += bytesOf(text ?? '', parsed);
    if (batch.length === LIMITS.batchLinesMax || bytes > BATCH_BYTES_MAX) await flush();
  }
  await flush();
  return report;
}

/** Characters of a record, and the bytes that its event has at most, even if all of them are escaped. */
const [SHORT_TEXT, SHORT_EVENT_BYTES] = [80, 900];

const bytesOf = (text: string, event: unknown) =>
  text.length <= SHORT_TEXT ? SHORT_EVENT_BYTES : Buffer.byteLength(JSON.stringify(event)) + 1;

/** Sends a batch; returns its rejected lines. That all of them are rejected is a result, not a failure. */
async function sendBatch<Event>(
  batch: Numbered<Event>[],
  options: ImportOptions<Event>,
): Promise<(Rejection & { text: string })[]> {
  try {
    const { rejected } = await options.send(batch.map(({ event }) => event));
    return rejected.map(({ line: place, code, message }) => {
      const { line = 0, text = '' } = batch[place - 1] ?? {};
      return { line, code, message, text };
    });
  } catch (error) {
    if (!(error instanceof ValidationError || error instanceof PermissionError)) throw error;
    const messages = new Map(
      (error.problem?.errors ?? []).map(({ path, message }) => [Number(path.split('/').at(-1)), message]),
    );
    return batch.map(({ line, text }, index) => ({
      line,
      code: error.code,
      message: messages.get(index + 1) ?? error.problem?.detail ?? error.message,
      text,
    }));
  }
}

async function stoppedAt(error: unknown, file: string, line: number): Promise<unknown> {
  const cliError = await toCliError(error);
  if (!(error instanceof EcsError) || !(cliError instanceof CliError)) return cliError;
  return new CliError(
    `${file}:${line}: stopped: ${cliError.message}; all lines before it were sent`,
    cliError.exitCode,
    cliError.hint,
    { code: cliError.code, requestId: cliError.requestId },
  );
}
