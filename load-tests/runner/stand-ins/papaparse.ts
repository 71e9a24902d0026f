/** Parsing of CSV as scripts import it under the name `papaparse`. */
const { parseCsv } = $ecsEngine;

interface Config {
  header?: boolean;
  delimiter?: string;
  quoteChar?: string;
  escapeChar?: string;
  comments?: string | boolean;
  skipEmptyLines?: boolean | 'greedy';
  dynamicTyping?: boolean;
  preview?: number;
  newline?: string;
}

type Row = unknown[] | Record<string, unknown>;

export function parse(text: string, config: Config = {}) {
  const { header = false, quoteChar = '"', preview = 0 } = config;
  const delimiter = config.delimiter || guessDelimiter(text);
  const rows: string[][] = parseCsv(text.replace(/^\uFEFF/, ''), {
    delimiter,
    quote: quoteChar,
    escape: config.escapeChar ?? quoteChar,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: false,
    ...(config.comments ? { comment: config.comments === true ? '#' : config.comments } : {}),
  });
  const filled = config.skipEmptyLines ? rows.filter((row) => !isEmpty(row, config.skipEmptyLines)) : rows;
  const typed = config.dynamicTyping ? filled.map((row) => row.map(typedValue)) : filled;
  const fields = header ? (filled[0] ?? []) : undefined;
  const body = header ? typed.slice(1) : typed;
  const data: Row[] = (preview > 0 ? body.slice(0, preview) : body).map((row) => {
    return fields ? recordOf(fields, row) : row;
  });
  return { data, errors: [], meta: { delimiter, linebreak: '\n', aborted: false, truncated: false, fields } };
}

export function unparse(rows: Row[], { delimiter = ',' }: Pick<Config, 'delimiter'> = {}): string {
  const [first] = rows;
  const fields = first && !Array.isArray(first) ? Object.keys(first) : undefined;
  const lines = rows.map((row) => (Array.isArray(row) ? row : (fields ?? []).map((field) => row[field])));
  const cellOf = (cell: unknown) => {
    const text = cell === null || cell === undefined ? '' : textOf(cell);
    return /["\r\n]/.test(text) || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [...(fields ? [fields] : []), ...lines].map((line) => line.map(cellOf).join(delimiter)).join('\r\n');
}

export default { parse, unparse };

function guessDelimiter(text: string): string {
  const line = text.slice(0, text.search(/[\r\n]|$/));
  const counts = [',', '\t', '|', ';'].map((delimiter) => [delimiter, line.split(delimiter).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

const isEmpty = (row: string[], mode: Config['skipEmptyLines']) =>
  mode === 'greedy' ? row.join('').trim() === '' : row.length === 1 && row[0] === '';

/** A row that is longer than the header keeps the rest by the name that the original gives it. */
function recordOf(fields: string[], row: unknown[]): Record<string, unknown> {
  const record = Object.fromEntries(
    row.slice(0, fields.length).map((value, index) => [fields[index], value]),
  );
  return row.length > fields.length ? { ...record, __parsed_extra: row.slice(fields.length) } : record;
}

function typedValue(text: string): unknown {
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === 'true';
  return /^\s*-?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(text) ? Number(text) : text;
}

const textOf = (cell: unknown): string => (typeof cell === 'string' ? cell : JSON.stringify(cell));
