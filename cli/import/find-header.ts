import { steps } from '../../deploy/local/command-line.ts';
import { again, againBesides } from '../ui/command-line.ts';
import { CliError, EXIT, talk } from '../ui/output.ts';
import { DELIMITERS, type Header, headerError, namedDelimiter, type NoHeader, readHeader } from './csv.ts';
import { readFields } from './fields.ts';
import type { Layout } from './layout.ts';
import type { EventKind } from './read-event.ts';
import { createRecordReader, type RecordReader } from './records.ts';

/** Banks write the account and the period above their tables. */
const SEARCHED = 50;

/**
 * Finds the header of a table: its first line, or a later one that has all columns where the first has not.
 * Says which lines and columns are left out. Null for a file without a line; throws a usage error when none
 * is a header.
 */
export async function findHeader(
  reader: RecordReader,
  options: { file: string; kind: EventKind; layout: Layout },
): Promise<Header | null> {
  const { file, kind, layout } = options;
  if (layout.columns !== undefined) {
    const start = createRecordReader(onlyChunk(await reader.peek()));
    const first = await start.records('csv', layout).next();
    return headerOfColumns(layout.columns, first.value?.text ?? '', options);
  }
  let named: string | null = null;
  let best: (NoHeader & { line: number }) | null = null;
  let searched = 0;
  for await (const { line, text, problem = '' } of reader.records('csv', layout)) {
    const delimiter = text === null ? null : namedDelimiter(text);
    if (delimiter !== null) {
      named = delimiter;
      continue;
    }
    const header = text === null ? { problem, fitting: -1 } : readHeader(text, kind.columns, layout, named);
    if (!('problem' in header)) {
      const { leftOut, ...columns } = header;
      sayLeftOut(file, searched > 0 ? line - 1 : 0, leftOut);
      return columns;
    }
    if (text === null && layout.encoding === undefined && problem.includes('UTF-8')) {
      throw new CliError(`${file}:${line}: ${problem}`, EXIT.usage, again({ '--encoding': 'windows-1252' }));
    }
    if (best === null || header.fitting > best.fitting) best = { ...header, line };
    searched += 1;
    if (searched === SEARCHED) break;
  }
  if (best) throw headerError(file, best.line, best, kind.columns);
  return null;
}

async function* onlyChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** The header that `--columns` gives, with the delimiter that makes as many fields of the first line. */
function headerOfColumns(
  names: string,
  line: string,
  { file, kind, layout }: { file: string; kind: EventKind; layout: Layout },
): Header | null {
  const header = readHeader(names, kind.columns, { ...layout, quotes: 'double', escapes: 'none' }, ',');
  if ('problem' in header) throw headerError('--columns', 1, header, kind.columns);
  if (line === '') return null;
  const { leftOut, columns, places } = header;
  const counts = DELIMITERS.map((delimiter) => readFields(line, delimiter, layout)?.length ?? 0);
  const delimiter = DELIMITERS[counts.indexOf(columns.length)];
  if (delimiter === undefined) {
    throw new CliError(
      `--columns has ${columns.length} names, and the first line of ${file} ${Math.max(...counts)} fields`,
      EXIT.usage,
      steps('leave a name empty to leave its column out', again({ '--columns': 'occurredAt,amount,,' })),
    );
  }
  sayLeftOut(file, 0, leftOut);
  return { delimiter, columns, ...(places && { places }) };
}

function sayLeftOut(file: string, lines: number, columns: string[]): void {
  if (lines > 0) talk(`${file}: ${lines} lines above the header are left out`);
  const [first] = columns;
  if (first === undefined) return;
  const names = columns.length === 1 ? `the column ${first} is` : `the columns ${columns.join(', ')} are`;
  talk(`${file}: ${names} left out`);
  talk(`to take one: ${againBesides('--map', `${first}=COLUMN`)}`);
}
