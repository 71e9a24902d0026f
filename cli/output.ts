import pc from 'picocolors';

/** Data on stdout, talk on stderr; every failure is one line that says what to do, and an exit code. */
export const EXIT = {
  failed: 1,
  usage: 2,
  notFound: 3,
  notAllowed: 4,
  unreachable: 5,
  conflict: 6,
} as const;

export class CliError extends Error {
  override name = 'CliError';
  constructor(
    message: string,
    readonly exitCode: number = EXIT.failed,
    readonly hint?: string,
  ) {
    super(message);
  }
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** What is for people, not for pipes. */
export function talk(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function isInteractive(): boolean {
  return process.stdout.isTTY && process.stdin.isTTY;
}

/** Aligned columns with a heading; numbers to the right. */
export function printTable(rows: Record<string, unknown>[], columns = Object.keys(rows[0] ?? {})): void {
  for (const line of formatTable(rows, columns)) print(line);
}

export function formatTable(rows: Record<string, unknown>[], columns: string[]): string[] {
  const texts = rows.map((row) => columns.map((column) => cell(row[column])));
  const widths = columns.map((column, index) =>
    Math.max(column.length, ...texts.map((row) => Bun.stringWidth(row[index] ?? ''))),
  );
  const isNumber = columns.map(
    (column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  const pad = (text: string, index: number) => {
    const filling = ' '.repeat(Math.max(0, (widths[index] ?? 0) - Bun.stringWidth(text)));
    return isNumber[index] ? filling + text : text + filling;
  };
  const heading = columns.map((column, index) => pad(column, index)).join('  ');
  return [pc.dim(heading.trimEnd()), ...texts.map((row) => row.map(pad).join('  ').trimEnd())];
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(2);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
