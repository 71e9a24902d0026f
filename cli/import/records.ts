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
  /** After the last record that was given out. */
  place(): Place;
  /** Reads up to a place; false when the input is another one, or ends before it. */
  skipTo(place: Place): Promise<boolean>;
  /** The first bytes, which stay to be read. */
  peek(): Promise<Uint8Array>;
}

export function createRecordReader(source: AsyncIterable<Uint8Array>): RecordReader {
  const chunks = source[Symbol.asyncIterator]();
  const hasher = new Bun.CryptoHasher('sha256');
  const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let buffer: Uint8Array = new Uint8Array();
  let offset = 0;
  let line = 0;

  const more = async (): Promise<boolean> => {
    const { done, value } = await chunks.next();
    if (done) return false;
    buffer = buffer.length === 0 ? value : Buffer.concat([buffer, value]);
    return true;
  };

  /** The first bytes of the buffer are read for good. */
  const take = (length: number): Uint8Array => {
    const line = buffer.subarray(0, length);
    buffer = buffer.subarray(length);
    hasher.update(line);
    offset += length;
    return line;
  };

  const decode = (bytes: Uint8Array, format: Format): Omit<InputRecord, 'line'> => {
    if (bytes.length > RECORD_BYTES_MAX) return { ...TOO_LONG, raw: bytes.slice(0, RECORD_BYTES_MAX) };
    try {
      const text = utf8.decode(bytes);
      const whole = line === 0 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
      // A tab is a delimiter: the first or the last field may be empty.
      return { text: format === 'csv' && whole.trim() !== '' ? whole.replace(/[\r\n]+$/, '') : whole.trim() };
    } catch {
      return { text: null, problem: 'is not valid UTF-8', raw: bytes.slice() };
    }
  };

  /** Without a line end the rest is dropped up to the next one; returns the beginning. */
  const dropLine = async (format: Format): Promise<Uint8Array> => {
    const start = buffer.slice(0, RECORD_BYTES_MAX);
    for (let hasMore = true; ; ) {
      const end = endOfLine(buffer, 0, { format, hasMore });
      take(end === -1 ? buffer.length : end + 1);
      if (end !== -1 || !hasMore) return start;
      hasMore = await more();
    }
  };

  return {
    async *records(format, quoting = {}) {
      for (let hasMore = true; ; ) {
        const end = endOfRecord(buffer, { format, hasMore }, quoting);
        const isWhole = end !== -1;
        if (!isWhole && hasMore && buffer.length <= RECORD_BYTES_MAX) {
          hasMore = await more();
          continue;
        }
        if (buffer.length === 0) return;
        const startLine = line + 1;
        const firstEnd = endOfLine(buffer, 0, { format, hasMore });
        if (!isWhole && firstEnd !== -1) {
          // A quote that nobody closes costs its own line, not the rest of the file.
          const raw = take(firstEnd + 1).slice();
          line += 1;
          yield { line: startLine, text: null, problem: OPEN_QUOTE, raw };
        } else if (!isWhole && hasMore) {
          const raw = await dropLine(format);
          line += 1;
          yield { line: startLine, ...TOO_LONG, raw };
        } else {
          const bytes = take(isWhole ? end + 1 : buffer.length);
          const decoded = decode(bytes, format);
          line += countLines(bytes, format);
          if (decoded.text !== '') yield { line: startLine, ...decoded };
        }
      }
    },
    place: () => ({ offset, line, fingerprint: hasher.copy().digest('hex') }),
    async skipTo(place) {
      while (offset < place.offset) {
        if (buffer.length === 0 && !(await more())) return false;
        take(Math.min(buffer.length, place.offset - offset));
      }
      line = place.line;
      return hasher.copy().digest('hex') === place.fingerprint;
    },
    async peek() {
      while (buffer.length === 0 && (await more()));
      return buffer;
    },
  };
}

const OPEN_QUOTE =
  'has a quote that is not closed: --quotes none takes it as it is, --escapes backslash reads \\"';
const TOO_LONG = { text: null, problem: 'is too long' };

interface Search {
  format: Format;
  /** Whether bytes may follow those of the buffer. */
  hasMore: boolean;
}

/** The last byte of the line end that ends the first record, or of the input; -1 when it is not there yet. */
function endOfRecord(buffer: Uint8Array, search: Search, { quotes, escapes }: Quoting): number {
  if (search.format === 'csv' && escapes === 'backslash') {
    return endOfEscaped(buffer, search, quotes !== 'none');
  }
  let end = endOfLine(buffer, 0, search);
  if (search.format !== 'csv' || quotes === 'none') return end;
  let [from, count] = [0, 0];
  while (end !== -1) {
    count += countOf(buffer.subarray(from, end), QUOTE);
    if (count % 2 === 0 || end > RECORD_BYTES_MAX) return count % 2 === 0 ? end : -1;
    from = end + 1;
    end = endOfLine(buffer, from, search);
  }
  count += countOf(buffer.subarray(from), QUOTE);
  return search.hasMore || count % 2 === 1 ? -1 : buffer.length - 1;
}

/** The same where a backslash may stand before a quote or a line end. */
function endOfEscaped(buffer: Uint8Array, { hasMore }: Search, isQuotable: boolean): number {
  let isOpen = false;
  for (let at = 0; at < buffer.length && at <= RECORD_BYTES_MAX; at += 1) {
    const byte = buffer[at];
    if (byte === BACKSLASH) at += 1;
    else if (byte === QUOTE && isQuotable) isOpen = !isOpen;
    else if (byte === LF && !isOpen) return at;
    else if (byte === CR && !isOpen) {
      if (buffer[at + 1] === LF) return at + 1;
      return at + 1 === buffer.length && hasMore ? -1 : at;
    }
  }
  return hasMore || isOpen || buffer.length > RECORD_BYTES_MAX ? -1 : buffer.length - 1;
}

/** The last byte of the first line end; of tables also CR alone, as old spreadsheets write it. */
function endOfLine(buffer: Uint8Array, from: number, { format, hasMore }: Search): number {
  const lf = buffer.indexOf(LF, from);
  if (format !== 'csv') return lf;
  const cr = (lf === -1 ? buffer : buffer.subarray(0, lf)).indexOf(CR, from);
  if (cr === -1 || cr + 1 === lf) return lf;
  // LF may follow in the next chunk.
  return cr + 1 === buffer.length && hasMore ? -1 : cr;
}

/** Lines of a whole record. */
function countLines(bytes: Uint8Array, format: Format): number {
  let lines = 0;
  const search = { format, hasMore: false };
  for (let end = endOfLine(bytes, 0, search); end !== -1; end = endOfLine(bytes, end + 1, search)) lines += 1;
  const last = bytes.at(-1);
  return lines + (last === LF || (format === 'csv' && last === CR) ? 0 : 1);
}

function countOf(bytes: Uint8Array, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) count += 1;
  return count;
}
