/**
 * Reads the records of an input of any size: lines of NDJSON, or of CSV with line ends inside quotes. Each
 * comes with the place after it, so that an import can go on there; the text up to it has a fingerprint, so
 * that it goes on in the same input only.
 */
export type Format = 'ndjson' | 'csv';

export interface InputRecord {
  /** Where it starts, from 1, blank lines included. */
  line: number;
  /** Null when it cannot be read; `problem` says why. */
  text: string | null;
  problem?: string;
}

/** After a record: bytes and lines before this place, and the SHA-256 of those bytes. */
export interface Place {
  offset: number;
  line: number;
  fingerprint: string;
}

/** Longer than any event: a file without line ends, or with a quote too many, cannot fill the memory. */
export const RECORD_BYTES_MAX = 64 * 1024;

const LINE_END = 10;
const QUOTE = 34;
const BYTE_ORDER_MARK = '\uFEFF';

export interface RecordReader {
  records(format: Format): AsyncGenerator<InputRecord, void, void>;
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

  const decode = (bytes: Uint8Array, isFirst: boolean): Pick<InputRecord, 'text' | 'problem'> => {
    if (bytes.length > RECORD_BYTES_MAX) return { text: null, problem: 'is too long' };
    try {
      const text = utf8.decode(bytes);
      return { text: (isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text).trim() };
    } catch {
      return { text: null, problem: 'is not valid UTF-8' };
    }
  };

  /** Without a line end the rest is dropped up to the next one. */
  const dropLine = async (): Promise<void> => {
    for (;;) {
      const end = buffer.indexOf(LINE_END);
      take(end === -1 ? buffer.length : end + 1);
      if (end !== -1 || !(await more())) return;
    }
  };

  return {
    async *records(format) {
      for (let hasMore = true; ; ) {
        const end = endOfRecord(buffer, format);
        const isWhole = end !== -1;
        if (!isWhole && hasMore && buffer.length <= RECORD_BYTES_MAX) {
          hasMore = await more();
          continue;
        }
        if (buffer.length === 0) return;
        const startLine = line + 1;
        const firstEnd = buffer.indexOf(LINE_END);
        if (!isWhole && firstEnd !== -1) {
          // A quote that nobody closes costs its own line, not the rest of the file.
          take(firstEnd + 1);
          line += 1;
          yield { line: startLine, text: null, problem: 'has a quote that is not closed' };
        } else if (!isWhole && hasMore) {
          await dropLine();
          line += 1;
          yield { line: startLine, text: null, problem: 'is too long' };
        } else {
          const bytes = take(isWhole ? end + 1 : buffer.length);
          line += countOf(bytes.subarray(0, -1), LINE_END) + 1;
          const decoded = decode(bytes, startLine === 1);
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

/** The line end that ends the first record; -1 when it is not there yet. */
function endOfRecord(buffer: Uint8Array, format: Format): number {
  let end = buffer.indexOf(LINE_END);
  if (format === 'ndjson') return end;
  for (let from = 0, quotes = 0; end !== -1; ) {
    quotes += countOf(buffer.subarray(from, end), QUOTE);
    if (quotes % 2 === 0 || end > RECORD_BYTES_MAX) return quotes % 2 === 0 ? end : -1;
    from = end + 1;
    end = buffer.indexOf(LINE_END, from);
  }
  return -1;
}

function countOf(bytes: Uint8Array, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) count += 1;
  return count;
}
