import { CliError, EXIT, talk } from '../ui/output.ts';
import { type Header, headerError, namedDelimiter, type NoHeader, readHeader } from './csv.ts';
import type { Layout } from './layout.ts';
import type { EventKind } from './read-event.ts';
import type { RecordReader } from './records.ts';

/** Banks write the account and the period above their tables. */
const SEARCHED = 50;

/**
 * Finds the header of a table: its first line, or a later one that has all columns where the first has not.
 * Says which lines and columns are left out. Null for a file without a line; throws a usage error when none
 * is a header.
 */
export async function findHeader(
  reader: RecordReader,
  { file, kind, layout }: { file: string; kind: EventKind; layout: Layout },
): Promise<Header | null> {
  let named: string | null = null;
  let best: (NoHeader & { line: number }) | null = null;
  let searched = 0;
  for await (const { line, text, problem = '' } of reader.records('csv')) {
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
      throw new CliError(`${file}:${line}: ${problem}`, EXIT.usage, '--encoding windows-1252, or another');
    }
    if (best === null || header.fitting > best.fitting) best = { ...header, line };
    searched += 1;
    if (searched === SEARCHED) break;
  }
  if (best) throw headerError(file, best.line, best.problem, kind.columns);
  return null;
}

function sayLeftOut(file: string, lines: number, columns: string[]): void {
  if (lines > 0) talk(`${file}: ${lines} lines above the header are left out`);
  const [first] = columns;
  if (first === undefined) return;
  const names = columns.length === 1 ? `the column ${first} is` : `the columns ${columns.join(', ')} are`;
  talk(`${file}: ${names} left out (--map '${first}=COLUMN' takes one)`);
}
