import { CliError, EXIT } from '../ui/output.ts';

/** CSV as RFC 4180 has it: a header, fields that may be quoted, quotes doubled inside of them. */

export interface Header {
  delimiter: string;
  /** Our name of each column. */
  columns: string[];
}

const DELIMITERS = [',', ';', '\t', '|'];

/** The fields of a record; null when its quotes do not fit. */
export function readFields(text: string, delimiter: string): string[] | null {
  const fields: string[] = [];
  for (let at = 0; ; at += 1) {
    if (text[at] === '"') {
      const quoted = readQuoted(text, at);
      if (!quoted || (quoted.end < text.length && text[quoted.end] !== delimiter)) return null;
      fields.push(quoted.value);
      at = quoted.end;
    } else {
      const next = text.indexOf(delimiter, at);
      const field = text.slice(at, next === -1 ? undefined : next);
      if (field.includes('"')) return null;
      fields.push(field.trim());
      at = next === -1 ? text.length : next;
    }
    if (at >= text.length) return fields;
  }
}

function readQuoted(text: string, start: number): { value: string; end: number } | null {
  let value = '';
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return null;
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}

/** Other spellings of a column: `stress_level`, `stressLevel` and `Stress Level` are one. */
const plain = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');

/**
 * Reads a header with known columns alone and all that are required. Throws a usage error that shows a right
 * header.
 */
export function readHeader(
  text: string,
  columns: { required: string[]; optional: string[] },
  file: string,
): Header {
  const delimiter = DELIMITERS.toSorted((a, b) => text.split(b).length - text.split(a).length)[0] ?? ',';
  const allColumns = [...columns.required, ...columns.optional];
  const names = readFields(text, delimiter) ?? [];
  const columnOfName = names.map((name) => allColumns.find((column) => plain(column) === plain(name)));
  const unknown = names.filter((_, index) => columnOfName[index] === undefined);
  const missing = columns.required.filter((name) => !columnOfName.includes(name));
  const doubled = columnOfName.filter((name, index) => columnOfName.indexOf(name) !== index);
  const problems = [
    ...(missing.length > 0 ? [`has no column ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`has unknown columns ${unknown.slice(0, 5).join(', ')}`] : []),
    ...(doubled.length > 0 && unknown.length === 0 ? [`has columns twice`] : []),
  ];
  if (problems.length === 0) return { delimiter, columns: columnOfName as string[] };
  throw new CliError(
    `${file}:1: the header ${problems.join(' and ')}`,
    EXIT.usage,
    `a first line with ${columns.required.join(',')}; there may be ${columns.optional.join(',')}`,
  );
}

/** A record by its columns, empty fields left out; or its fault. */
export function readRow(text: string, header: Header): Record<string, string> | string {
  const fields = readFields(text, header.delimiter);
  if (!fields) return 'has quotes that do not fit';
  if (fields.length !== header.columns.length) {
    return `has ${fields.length} fields, the header has ${header.columns.length}`;
  }
  return Object.fromEntries(
    header.columns.flatMap((name, index) => (fields[index] === '' ? [] : [[name, fields[index] ?? '']])),
  );
}

/** A number where the text is one; another text stays a text, for the schema to refuse. */
export function numberOf(text: string | undefined): number | string | undefined {
  return text !== undefined && /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
