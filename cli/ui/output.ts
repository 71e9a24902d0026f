import { isatty } from 'node:tty';
import { CliError, EXIT } from './cli-error.ts';
import { asCalled } from './command-line.ts';
import { pc, talkColors } from './colors.ts';
import { terminalColumns } from './wrap.ts';

export { CliError, EXIT } from './cli-error.ts';

/**
 * Data on stdout, talk on stderr. With --json stdout has envelopes and nothing else: one document, or one a
 * line from commands that print as they go.
 */
interface Envelope {
  ok: boolean;
  /** The system that the command wrote to, or stopped. */
  system?: string;
  /** The result of the command; there in a failure too when something was done. */
  data?: unknown;
  error?: { code: string; message: string; exitCode: number; hint?: string; requestId?: string };
}

export function printJson(data: unknown): void {
  writeEnvelope({ ok: true, ...systemOfAct(), data });
}

/** One of many: an envelope on a line of its own. */
export function printJsonLine(data: unknown): void {
  print(JSON.stringify({ ok: true, ...systemOfAct(), data } satisfies Envelope));
}

function writeEnvelope(envelope: Envelope): void {
  print(JSON.stringify(envelope, null, 2));
}

/** Marks that turn the direction of a text: words of others must not move the cursor or hide any. */
const UNSHOWN = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Controls of a terminal but tabs and ends of lines, each with its color code. */
const CONTROLS = /([^\P{Cc}\n\t])(\[[\d;]*m)?/gu;
/** The codes of `colors.ts`: others hide the text after them, or have its background as their color. */
const OUR_COLORS = ['1', '2', '22', '31', '32', '33', '36', '39'].map((code) => `\u001b[${code}m`);

const escapeCharacter = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * The line with escapes in place of controls; in JSON they stand for the same characters. Where nothing is
 * colored, no color is ours.
 */
const shown = (line: string, { isColorSupported }: { isColorSupported: boolean }): string =>
  line
    .replace(CONTROLS, (text: string, control: string, color = '') =>
      isColorSupported && OUR_COLORS.includes(text) ? text : escapeCharacter(control) + color,
    )
    .replace(UNSHOWN, escapeCharacter);

export function print(line: string): void {
  process.stdout.write(`${shown(line, pc)}\n`);
}

const printToReader = (line: string): void => void process.stderr.write(`${shown(line, talkColors)}\n`);

/** A person's words of several lines below a label of so many columns: none looks like a line of ours. */
export function indented(words: string, columns: number): string {
  return words.split(/\r\n|[\r\n]/).join(`\n${' '.repeat(columns)}| `);
}

let actedOn: string | undefined;
const systemOfAct = () => (actedOn === undefined ? {} : { system: actedOn });

/**
 * Names the system that is about to be changed; from then on each envelope of the process carries its name.
 */
export function nameSystem(name: string): void {
  actedOn = name;
  talk(talkColors.dim(`system: ${name}`));
}

/** --quiet is the whole process's, so that no caller need know of it. */
let isQuiet = false;
export function beQuiet(): void {
  isQuiet = true;
}

export function isTalking(): boolean {
  return !isQuiet;
}

/** Prints text for a reader, not for a pipe; nothing with --quiet. */
export function talk(line: string): void {
  if (!isQuiet) printToReader(asCalled(line));
}

/** Shows the installations of a local system; nothing with --quiet. */
export function talkNotice(line: string): void {
  talk(`ecs: ${line}`);
}

/** A failure in one line and the next step; with --json the same as an envelope on stdout. */
export function printFailure(error: unknown, json: boolean): void {
  const envelope =
    error instanceof CliError ? error : new CliError(error instanceof Error ? error.message : String(error));
  const { code, message, exitCode, requestId, data } = envelope;
  const hint = envelope.hint && asCalled(envelope.hint);
  if (json) {
    writeEnvelope({
      ok: false,
      // A usage error has changed nothing.
      ...(exitCode === EXIT.usage ? {} : systemOfAct()),
      ...(data === undefined ? {} : { data }),
      error: { code, message, exitCode, ...(hint ? { hint } : {}), ...(requestId ? { requestId } : {}) },
    });
  }
  if (envelope.isSaid && !json) return;
  printToReader(`ecs: ${message}`);
  for (const [index, step] of (hint?.split('\n') ?? []).entries()) {
    printToReader(`${talkColors.dim(index === 0 ? 'try:' : ' or:')} ${step}`);
  }
}

export function isInteractive(): boolean {
  return isatty(1) && isatty(0);
}

interface ListForm<Row> {
  /** For the reader of an empty list. */
  none: string;
  toLine?: (row: Row) => Record<string, unknown>;
  columns?: string[];
}

/** Prints rows as they are with --json, else a line each. */
export function printList<Row extends object>(
  rows: Row[],
  { json }: { json?: boolean },
  { none, toLine = (row) => row as Record<string, unknown>, columns }: ListForm<Row>,
): void {
  if (json) printJson(rows);
  else if (rows.length === 0) talk(none);
  else printTable(rows.map(toLine), columns);
}

/** Aligned columns with a heading; numbers to the right. */
export function printTable(rows: Record<string, unknown>[], columns = Object.keys(rows[0] ?? {})): void {
  for (const line of fitTable(rows, columns, terminalColumns())) print(line);
}

/** A column narrower than this says nothing. */
const NARROWEST = 8;

/**
 * The table, within so many columns: its widest texts are cut; where that is not enough, each row becomes
 * lines of a name and a value.
 */
export function fitTable(rows: Record<string, unknown>[], columns: string[], width: number): string[] {
  const widest = columns.map((column) =>
    Math.max(column.length, ...rows.map((row) => Bun.stringWidth(cell(row[column])))),
  );
  const lowest = columns.map((column) => Math.max(column.length, NARROWEST));
  let excess = widest.reduce((sum, size) => sum + size + 2, -2) - width;
  if (excess <= 0) return formatTable(rows, columns);
  while (excess > 0) {
    const spare = widest.map((size, index) => size - (lowest[index] ?? 0));
    const most = spare.indexOf(Math.max(...spare));
    if ((spare[most] ?? 0) <= 0) return listRows(rows, columns, width);
    widest[most] = (widest[most] ?? 0) - 1;
    excess -= 1;
  }
  const cut = (row: Record<string, unknown>) =>
    Object.fromEntries(
      columns.map((column, index) => {
        const value = row[column];
        return [column, typeof value === 'number' ? value : shorten(cell(value), widest[index] ?? 0)];
      }),
    );
  return formatTable(rows.map(cut), columns);
}

function listRows(rows: Record<string, unknown>[], columns: string[], width: number): string[] {
  const label = Math.max(...columns.map((column) => column.length));
  return rows.flatMap((row, index) => [
    ...(index === 0 ? [] : ['']),
    ...columns
      .filter((column) => row[column] !== null && row[column] !== undefined)
      .map((column) => `${pc.dim(column.padEnd(label))}  ${shorten(cell(row[column]), width - label - 2)}`),
  ]);
}

/** The beginning of a text, in so many columns. */
export function shorten(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  let short = '';
  for (const character of text) {
    if (Bun.stringWidth(short + character) > width - 1) break;
    short += character;
  }
  return `${short}…`;
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
  return typeof value === 'string' ? value.replace(/\s*[\r\n]+\s*/g, ' / ') : JSON.stringify(value);
}
