import { accessSync, constants, createReadStream, statSync } from 'node:fs';
import { quote } from '../../deploy/local/command-line.ts';
import { again, againWith } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { nameOf } from '../ui/read-small.ts';
import { isRejected } from './read-event.ts';
import type { Format } from './records.ts';

/** A file or standard input: its bytes, and how many when that is known. */
interface Source {
  chunks: AsyncIterable<Uint8Array>;
  size: number | null;
}

/**
 * `-` is standard input. The bytes come in UTF-8, from the encoding that is named or that a byte order mark
 * shows. Throws 3 when there is no such file, 2 when it is a folder.
 */
export function openSource(file: string, encoding?: string): Source {
  const { chunks, size } = openBytes(file);
  return { chunks: toUtf8(chunks, encoding), size };
}

function openBytes(file: string): Source {
  const size = sizeOf(file);
  if (file === '-') return { chunks: Bun.stdin.stream(), size };
  // The runtime's own stream polls, which a device (/dev/null) does not take.
  return { chunks: size === null ? createReadStream(file) : Bun.file(file).stream(), size };
}

/** Returns the bytes of an input, null where they are not known. Throws as `openSource` does. */
export function sizeOf(file: string): number | null {
  if (file === '-') return null;
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) throw new CliError(`there is no file ${file}`, EXIT.notFound);
  if (stat.isDirectory())
    throw new CliError(`${file} is a folder`, EXIT.usage, 'import its files one by one');
  try {
    accessSync(file, constants.R_OK);
  } catch {
    throw new CliError(`cannot read ${file}`, EXIT.notAllowed);
  }
  return stat.isFile() ? stat.size : null;
}

/** Returns the bytes in UTF-8, which passes as it is: its faults are those of single lines. */
export async function* toUtf8(
  chunks: AsyncIterable<Uint8Array>,
  encoding?: string,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let decoder: TextDecoder | null | undefined;
  for await (const chunk of withWholeMark(chunks)) {
    decoder ??= decoderOf(chunk, encoding);
    yield decoder ? encoder.encode(decoder.decode(chunk, { stream: true })) : chunk;
  }
  const rest = decoder?.decode();
  if (rest) yield encoder.encode(rest);
}

/** Joins the first chunks until a byte order mark has to be whole: a pipe may bring byte by byte. */
async function* withWholeMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | null = new Uint8Array();
  for await (const chunk of chunks) {
    const joined: Uint8Array = start ? Buffer.concat([start, chunk]) : chunk;
    start = start && joined.length < MARK_BYTES_MAX ? joined : null;
    if (!start) yield joined;
  }
  if (start && start.length > 0) yield start;
}

/** A byte order mark wins, as in browsers: the layout may be that of other files. */
function decoderOf(start: Uint8Array, encoding?: string): TextDecoder | null {
  const marked = MARKS.find(({ mark }) => mark.every((byte, index) => start[index] === byte));
  const decoder = new TextDecoder(marked?.encoding ?? encoding ?? 'utf-8');
  return decoder.encoding === 'utf-8' ? null : decoder;
}

const MARKS = [
  { mark: [0xef, 0xbb, 0xbf], encoding: 'utf-8' },
  { mark: [0xff, 0xfe], encoding: 'utf-16le' },
  { mark: [0xfe, 0xff], encoding: 'utf-16be' },
];

const MARK_BYTES_MAX = Math.max(...MARKS.map(({ mark }) => mark.length));

const LOOKED_AT = 4096;
const GZIP = [0x1f, 0x8b];
/** Also the first bytes of .xlsx, .ods and .numbers. */
const ZIP = [0x50, 0x4b, 0x03, 0x04];

/** Decides by --format, the name, or the first bytes. Throws a usage error for data that is no text. */
export function formatOf(file: string, formatFlag: string | undefined, start: Uint8Array): Format {
  if (start[0] === GZIP[0] && start[1] === GZIP[1]) {
    throw new CliError(
      `${nameOf(file)} is compressed`,
      EXIT.usage,
      `gunzip -c ${quote(file)} | ${againWith(file, '-')}`,
    );
  }
  if (ZIP.every((byte, index) => start[index] === byte)) {
    throw new CliError(
      `${nameOf(file)} is a workbook or an archive`,
      EXIT.usage,
      'save its sheet as CSV UTF-8',
    );
  }
  const head = start.subarray(0, LOOKED_AT);
  if (head.includes(0)) {
    const encoding = encodingOf(head);
    const formats = 'NDJSON (one JSON object per line) or CSV in UTF-8';
    if (encoding === undefined) throw new CliError(`${nameOf(file)} is not text`, EXIT.usage, formats);
    throw new CliError(
      `${nameOf(file)} is in ${encoding}, without its mark`,
      EXIT.usage,
      again({ '--encoding': encoding }),
    );
  }
  const first = new TextDecoder().decode(start).trimStart();
  if (first.startsWith('[')) {
    const hint = `jq -c '.[]' ${quote(file)} | ${againWith(file, '-')}`;
    throw new CliError(`${nameOf(file)} is one JSON array, not one object per line`, EXIT.usage, hint);
  }
  if (/^\{\s*\n/.test(first)) {
    const hint = `jq -c . ${quote(file)} | ${againWith(file, '-')}`;
    throw new CliError(
      `${nameOf(file)} is JSON over several lines, not one object per line`,
      EXIT.usage,
      hint,
    );
  }
  if (formatFlag !== undefined) return formatFlag as Format;
  if (isRejectsFile(first)) return 'rejects';
  if (/\.(csv|tsv)$/i.test(file)) return 'csv';
  return first === '' || first.startsWith('{') || /\.(ndjson|jsonl)$/i.test(file) ? 'ndjson' : 'csv';
}

/** Returns the UTF-16 in which every second byte of a text is 0, but for a few. */
function encodingOf(head: Uint8Array): string | undefined {
  const zeros = [0, 0];
  for (const [at, byte] of head.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const isMost = (count: number, rest: number) => rest === 0 && count * 2 > head.length * 0.8;
  if (isMost(odd, even)) return 'utf-16le';
  return isMost(even, odd) ? 'utf-16be' : undefined;
}

function isRejectsFile(start: string): boolean {
  const [line = ''] = start.split('\n', 1);
  try {
    return isRejected(JSON.parse(line));
  } catch {
    return false;
  }
}
