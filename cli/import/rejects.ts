import { closeSync, existsSync, lstatSync, openSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { again } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { isWritable, writeWhole } from '../ui/write-file.ts';
import { isRejected } from './read-event.ts';

/** A record that was not taken, by its line in the input. */
export interface Rejection {
  line: number;
  code: string;
  message: string;
}

/**
 * The file of rejected records: `{line, code, message, text}` a line, of a table with its header in our names
 * and its layout, so that it can be corrected and imported as it is. `jq -r .text` gives back the records.
 * Made with the first rejection.
 */
export interface RejectsFile {
  path: string;
  add(rejection: Rejection, record: RejectedRecord): void;
  bytes(): number;
  close(): void;
}

/** A record as it stood in the input. */
export interface RejectedRecord {
  text: string;
  /** In base64, of a record in no text. */
  bytes?: string;
}

/** Returns the record of unreadable bytes. */
export function recordOf(raw: Uint8Array): RejectedRecord {
  const text = new TextDecoder().decode(raw).replace(/[\r\n]+$/, '');
  return Buffer.from(text).equals(raw) || !text.includes('\uFFFD')
    ? { text }
    : { text, bytes: Buffer.from(raw).toString('base64') };
}

export function openRejects(
  path: string,
  keepBytes: number,
  /** Of records that are rejected again, each keeps its own. */
  table: { header: string; layout?: object } | 'kept' | null,
): RejectsFile {
  const elsewhere = again({ '--rejects': join(tmpdir(), basename(path)) });
  if (!isWritable(dirname(path))) {
    const code = existsSync(dirname(path)) ? EXIT.notAllowed : EXIT.usage;
    throw new CliError(`cannot write ${path}, for lines that are rejected`, code, elsewhere);
  }
  let bytes = keepBytes;
  let file: number | undefined;
  try {
    // Rejections of an interrupted import after its last batch are written again.
    if (keepBytes > 0) truncateSync(path, keepBytes);
    // Never a device, such as /dev/null, or a link.
    else if (lstatSync(path).isFile()) rmSync(path);
    else truncateSync(path);
  } catch {
    bytes = 0;
  }
  const open = (): number => {
    try {
      return openSync(path, 'a', 0o600);
    } catch {
      throw new CliError(`cannot write ${path}`, EXIT.notAllowed, elsewhere);
    }
  };
  return {
    path,
    add(rejection, record) {
      file ??= open();
      const rejectedRecord = table === 'kept' ? keptRecordOf(record) : { ...record, ...table };
      bytes += writeWhole(path, file, `${JSON.stringify({ ...rejection, ...rejectedRecord })}\n`);
    },
    bytes: () => bytes,
    close() {
      if (file !== undefined) closeSync(file);
    },
  };
}

/** Returns the record inside of a rejected one, to be corrected in one place however often it is rejected. */
function keptRecordOf(record: RejectedRecord): object {
  try {
    const value: unknown = JSON.parse(record.text);
    if (!isRejected(value)) return record;
    const { text, bytes, header, layout } = value;
    return { text, bytes, header, layout };
  } catch {
    return record;
  }
}
