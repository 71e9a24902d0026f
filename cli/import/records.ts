import type { Quoting } from './fields.ts';

/**
 * Reads the records of an input of any size: lines of NDJSON, or of CSV with line ends inside quotes. A line
 * of CSV ends with LF, CR LF or CR alone. Each comes with the place after it, so that an import can go on
 * there; the text up to it has a fingerprint, so that it goes on in the same input only.
 */
export type Format = 'ndjson' | 'csv' | 'rejects';

export interface InputRecord {
  /** Where it starts, from 1, blank lines included. */
  line: number;
  /** Null when it cannot be read; `problem` says why. */
  text: string | null;
  problem?: string;
  /** Of an unreadable record; only its beginning when it is too long. */
  raw?: Uint8Array;
}

/** After a record: bytes and lines before this place, and the SHA-256 of those bytes. */
export interface Place {
  offset: number;
  line: number;
  fingerprint: string;
}

/** Longer than any event: a file without line ends, or with a quote too many, cannot fill the memory. */
export const RECORD_BYTES_MAX = 64 * 1024;

const [LF, CR, QUOTE, BACKSLASH] = [10, 13, 34, 92];
const BYTE_ORDER_MARK = '\uFEFF';

export interface RecordReader {
  records(format: Format, quoting?: Quoting): AsyncGenerator<InputRecord, void, void>;
  /** Returns the place after the last record that was returned. */
  place(): Place;
  /** Reads up to a place; false when the input is another one, or ends before it. */
  skipTo(place: Place): Promise<boolean>;
  /** The first line, or as much as a record has at the most, and what came with it; it stays to be read. */
  peek(): Promise<Uint8Array>;
}

export function createRecordReader(source: AsyncIterable<Uint8Array>): RecordReader {
  const chunks = source[Symbol.asyncIterator]();
  const hasher = new Bun.CryptoHasher('sha256');
  let buffer: Uint8Array = new Uint8Array();
  /** Bytes of the buffer that were read for good, and those of them that are in the fingerprint. */
  let [head, hashed] = [0, 0];
  let offset = 0;
  let line = 0;

  const hash = (): void => {
    if (head > hashed) hasher.update(buffer.subarray(hashed, head));
    hashed = head;
  };

  const more = async (): Promise<boolean> => {
    const { done, value } = await chunks.next();
    if (done) return false;
    hash();
    buffer = head === buffer.length ? value : Buffer.concat([buffer.subarray(head), value]);
    head = 0;
    hashed = 0;
    return true;
  };

  /** Consumes the bytes up to a place of the buffer, and returns them. */
  const take = (end: number): Uint8Array => {
    const bytes = buffer.subarray(head, end);
    offset += bytes.length;
    head = end;
    return bytes;
  };

  /** Drops a line that is too long, up to its end; returns its beginning. */
  const dropLine = async (format: Format): Promise<Uint8Array> => {
    const start = buffer.slice(head, head + RECORD_BYTES_MAX);
    for (let hasMore = true; ; ) {
      const end = endOfLine(buffer, head, { format, hasMore });
      take(end === -1 ? buffer.length : end + 1);
      if (end !== -1 || !hasMore) return start;
      hasMore = await more();
    }
  };

  return {
    async *records(format, quoting = {}) {
      for (let hasMore = true; ; ) {
        const end = endOfRecord(buffer, head, { format, hasMore }, quoting);
        const isWhole = end !== -1;
        if (!isWhole && hasMore && buffer.length - head <= RECORD_BYTES_MAX) {
          hasMore = await more();
          continue;
        }
        if (buffer.length === head) return;
        const startLine = line + 1;
        const firstEnd = isWhole ? end : endOfLine(buffer, head, { format, hasMore });
        if (!isWhole && firstEnd !== -1) {
          // An unclosed quote costs its own line, and not the rest of the file.
          const raw = take(firstEnd + 1).slice();
          line += 1;
          yield { line: startLine, text: null, problem: OPEN_QUOTE, raw };
        } else if (!isWhole && hasMore) {
          const raw = await dropLine(format);
          line += 1;
          yield { line: startLine, ...TOO_LONG, raw };
        } else {
          const bytes = take(isWhole ? end + 1 : buffer.length);
          const decoded = decode(bytes, format, line === 0);
          line += format === 'csv' ? countLines(bytes) : 1;
          if (decoded.text !== '') yield { line: startLine, ...decoded };
        }
      }
    },
    place() {
      hash();
      return { offset, line, fingerprint: hasher.copy().digest('hex') };
    },
    async skipTo(place) {
      while (offset < place.offset) {
        if (buffer.length === head && !(await more())) return false;
        take(Math.min(buffer.length, head + place.offset - offset));
      }
      line = place.line;
      hash();
      return hasher.copy().digest('hex') === place.fingerprint;
    },
    async peek() {
      const isLine = () => buffer.includes(LF, head) || buffer.length - head > RECORD_BYTES_MAX;
      while (!isLine() && (await more()));
      return buffer.subarray(head);
    },
  };
}

const OPEN_QUOTE =
  'has a quote that is not closed: --quotes none takes it as it is, --escapes backslash reads \\"';
const TOO_LONG = { text: null, problem: 'is too long' };

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, format: Format, isStart: boolean): Omit<InputRecord, 'line'> {
  if (bytes.length > RECORD_BYTES_MAX) return { ...TOO_LONG, raw: bytes.slice(0, RECORD_BYTES_MAX) };
  try {
    const text = UTF8.decode(format === 'csv' ? withoutLineEnd(bytes) : bytes);
    const whole = isStart && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
    const trimmed = whole.trim();
    // A tab is a delimiter: the first or the last field may be empty.
    return { text: format === 'csv' && trimmed !== '' ? whole : trimmed };
  } catch {
    return { text: null, problem: 'is not valid UTF-8', raw: bytes.slice() };
  }
}

interface Search {
  format: Format;
  /** Whether bytes may follow those of the buffer. */
  hasMore: boolean;
}

/** Returns the last byte of the first record's line end, or of the input; -1 where it was not read yet. */
function endOfRecord(
  buffer: Uint8Array,
  from: number,
  { format, hasMore }: Search,
  { quotes, escapes }: Quoting,
): number {
  if (format !== 'csv') return buffer.indexOf(LF, from);
  const isQuotable = quotes !== 'none';
  const isEscapable = escapes === 'backslash';
  let isOpen = false;
  // One pass over bytes is faster than a search for each sign.
  for (let at = from; at < buffer.length; at += 1) {
    const byte = buffer[at];
    if (byte === QUOTE && isQuotable) isOpen = !isOpen;
    else if (byte === BACKSLASH && isEscapable) at += 1;
    else if (byte === LF || byte === CR) {
      if (!isOpen) return endAt(buffer, at, hasMore);
      if (at - from > RECORD_BYTES_MAX) return -1;
    }
  }
  return hasMore || isOpen ? -1 : buffer.length - 1;
}

/** The last byte of a line end; -1 where LF may follow in the next chunk. */
function endAt(buffer: Uint8Array, at: number, hasMore: boolean): number {
  if (buffer[at] === LF) return at;
  if (buffer[at + 1] === LF) return at + 1;
  return at + 1 === buffer.length && hasMore ? -1 : at;
}

/** The last byte of the first line end; of tables also CR alone, as old spreadsheets write it. */
function endOfLine(buffer: Uint8Array, from: number, { format, hasMore }: Search): number {
  if (format !== 'csv') return buffer.indexOf(LF, from);
  for (let at = from; at < buffer.length; at += 1) {
    if (buffer[at] === LF || buffer[at] === CR) return endAt(buffer, at, hasMore);
  }
  return -1;
}

/** Lines of a whole record of a table. */
function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = 0; at < bytes.length - 1; at += 1) {
    if (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] !== LF)) lines += 1;
  }
  // The last byte ends a line, or the input does.
  return lines + 1;
}

function withoutLineEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === LF || bytes[end - 1] === CR)) end -= 1;
  return end === bytes.length ? bytes : bytes.subarray(0, end);
}
