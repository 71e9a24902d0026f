import { parse as parseCsv } from 'csv-parse/sync';
import { shareRows } from './data.ts';
import { contentOf, type ScriptFile } from './fs.ts';
import type { UserState } from './user-state.ts';

interface CsvOptions {
  delimiter?: string;
  skipFirstLine?: boolean;
  fromLine?: number;
  /** The last line that is read. */
  toLine?: number | null;
  asObjects?: boolean;
}

type Row = string[] | Record<string, string>;

/** `k6/experimental/csv`: a whole file in memory that all users share, or row by row. */
export function createCsvModule(state: UserState) {
  const parse = async (file: ScriptFile, options?: CsvOptions | null): Promise<readonly unknown[]> => {
    if (state.phase !== 'init')
      throw new Error('parse() failed; reason: it is only available in the init stage');
    const name = `csv ${file.path} ${JSON.stringify(options ?? {})}`;
    return shareRows(state, name, () => readRows(file, options ?? {}));
  };
  /** Called with `new`. */
  function Parser(file: ScriptFile, options?: CsvOptions | null) {
    if (state.phase !== 'init') throw new Error('new csv.Parser must be called in the init context');
    const rows = readRows(file, options ?? {}).values();
    return {
      async next() {
        const { done = false, value } = rows.next();
        return { done, value: done ? undefined : (value as Row) };
      },
    };
  }
  const module = { parse, Parser };
  return { __esModule: true, ...module, default: module };
}

function readRows(file: ScriptFile, options: CsvOptions): Row[] {
  const { delimiter = ',', skipFirstLine = false, fromLine = 0, toLine, asObjects = false } = options;
  const bytes = contentOf(file);
  if (delimiter.length !== 1) throw new Error('the delimiter must be a single character');
  if (fromLine < 0) throw new Error('the fromLine option must be greater than or equal to 0');
  if (toLine !== undefined && toLine !== null && toLine < fromLine) {
    throw new Error('the toLine option must be greater than or equal to fromLine');
  }
  if (asObjects && (skipFirstLine || fromLine > 0)) {
    throw new Error('the asObjects option cannot be used with skipFirstLine or fromLine');
  }
  const rows: string[][] = parseCsv(Buffer.from(bytes), { delimiter, bom: true, skip_empty_lines: true });
  const end = toLine === undefined || toLine === null ? rows.length : toLine + 1;
  const start = skipFirstLine && fromLine === 0 ? 1 : fromLine;
  if (!asObjects) return rows.slice(start, end);
  const [header] = rows;
  if (!header) throw new Error('the asObjects option needs a header line');
  return rows
    .slice(1, end)
    .map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ''])));
}
