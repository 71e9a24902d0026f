import { steps } from '../../deploy/local/command-line.ts';
import { again, againBesides, againWith } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { columnsOf, isSameText, type Places, placesOf } from './conditions.ts';
import { type Quoting, readFields } from './fields.ts';
import type { Layout } from './layout.ts';

/** CSV as RFC 4180 has it: a header, fields that may be quoted, quotes doubled inside of them. */
export interface Header {
  delimiter: string;
  /** Our name of each column; null of a column without one. */
  columns: (string | null)[];
  places?: Places;
}

/** The columns that a header may have. */
export interface Columns {
  required: string[];
  optional: string[];
  /** May stand in two columns, a day and its time. */
  time: string;
}

/** The fault of a line without all columns, and the number of those found. */
export interface NoHeader {
  problem: string;
  fitting: number;
  /** Of the first column that a flag names and the header has not, other columns that may be meant. */
  instead?: { name: string; names: string[] };
}

export const DELIMITERS = [',', ';', '\t', '|'];
/** Excel reads the delimiter from such a line. */
const SEPARATOR = /^"?sep=(.)"?$/i;

/** Returns the delimiter named by a line before the header; null for any other line. */
export const namedDelimiter = (text: string): string | null => SEPARATOR.exec(text)?.[1] ?? null;

/** Other spellings of a column: `stress_level`, `stressLevel` and `Stress Level` are one. */
const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');

/**
 * Reads a header with all required columns, by their own names or by those of the layout. Other columns
 * are left out.
 */
export function readHeader(
  text: string,
  columns: Columns,
  layout: Layout,
  named: string | null = null,
): (Header & { leftOut: string[] }) | NoHeader {
  const delimiter =
    named ?? DELIMITERS.toSorted((a, b) => text.split(b).length - text.split(a).length)[0] ?? ',';
  const { map } = layout;
  const names = readFields(text, delimiter, layout) ?? [];
  const isHeading = (name: string) => names.some((heading) => isSameText(heading, name));
  const conditional = columnsOf(layout);
  const isMapped = (column: string) => map.some((pair) => pair.column === column);
  const free = [...columns.required, ...columns.optional].filter((column) => !isMapped(column));
  const columnOf = (name: string) =>
    map.find((pair) => isSameText(pair.name, name))?.column ??
    free.find((column) => plain(column) === plain(name)) ??
    null;
  const foundColumns = names.map(columnOf);
  const isConditional = (name: string) => conditional.some((column) => isSameText(column, name));
  const leftOut = names.filter(
    (name, index) => foundColumns[index] === null && name !== '' && !isConditional(name),
  );
  const misnamed = [...map.map(({ name }) => name), ...conditional].filter((name) => !isHeading(name));
  const missing = [
    ...misnamed,
    ...columns.required.filter((column) => !isMapped(column) && !foundColumns.includes(column)),
  ];
  const doubled = [
    ...foundColumns.filter(
      (column, index) => column !== null && column !== columns.time && foundColumns.indexOf(column) !== index,
    ),
    ...conditional.filter((name) => names.filter((heading) => isSameText(heading, name)).length > 1),
  ];
  if (missing.length === 0 && doubled.length === 0) {
    return { delimiter, columns: foundColumns, ...placesOf(names, layout), leftOut };
  }
  const problems = [
    ...(missing.length > 0 ? [`has no column ${missing.join(', ')}`] : []),
    ...(missing.length > 0 && leftOut.length > 0
      ? [`has unknown columns ${leftOut.slice(0, 5).join(', ')}`]
      : []),
    ...(missing.length === 0 ? [`has ${doubled.join(', ')} twice`] : []),
  ];
  const [name] = misnamed;
  return {
    problem: `the header ${problems.join(' and ')}`,
    fitting: foundColumns.filter(Boolean).length,
    ...(name !== undefined && { instead: { name, names: leftOut } }),
  };
}

/** Shows a right header beside the fault, or the flag that named a column with those of the file. */
export function headerError(
  file: string,
  line: number,
  { problem, instead }: Omit<NoHeader, 'fitting'>,
  columns: Columns,
): CliError {
  const [first] = columns.required;
  const corrected = instead ? instead.names.slice(0, 4).map((name) => againWith(instead.name, name)) : [];
  // A saved layout has its names, not the call.
  const isCorrectable = corrected.length > 0 && !corrected.includes(again());
  return new CliError(
    `${file}:${line}: ${problem}`,
    EXIT.usage,
    isCorrectable
      ? steps(...corrected)
      : steps(
          `a first line with ${columns.required.join(',')}; there may be ${columns.optional.join(',')}`,
          againBesides('--map', `NAME IN THE FILE=${first}`),
          again({ '--columns': columns.required.join(',') }),
        ),
  );
}

/** Returns the fields of a record, its fault, or null when all of them are empty. */
export function readCells(text: string, { delimiter, columns }: Header, quoting?: Quoting) {
  const fields = readFields(text, delimiter, quoting);
  if (!fields) return WRONG_QUOTES;
  if (fields.every((field) => field === '')) return null;
  // Banks end their rows, but not their header, with a delimiter.
  const isForeign = columns.includes(null);
  const rest = fields.slice(columns.length);
  const isTooLong = isForeign ? rest.some((field) => field !== '') : rest.length > 0;
  if (!isTooLong && fields.length >= columns.length) return fields;
  return `has ${fields.length} fields, the header has ${columns.length}`;
}

const WRONG_QUOTES =
  'has quotes that do not fit: --quotes none takes them as they are, --escapes backslash reads \\"';

/**
 * Returns fields by their columns, empty ones left out. A day and its time in two columns come as one text.
 */
export function rowOf(fields: string[], { columns }: Header, noValue?: string): Record<string, string> {
  const row: Record<string, string> = {};
  for (const [index, column] of columns.entries()) {
    const field = fields[index] ?? '';
    // Databases write a null so.
    if (column === null || field === '' || field === '\\N' || field === noValue) continue;
    row[column] = row[column] === undefined ? field : `${row[column]} ${field}`;
  }
  return row;
}

/** A number where the text is one; another text stays a text, for the schema to refuse. */
export function numberOf(text: string | undefined): number | string | undefined {
  return text !== undefined && /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
