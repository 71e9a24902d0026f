import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { quote, steps } from '../../deploy/local/command-line.ts';
import { again, againWith } from '../ui/command-line.ts';
import { writePrivate } from '../config/profiles.ts';
import { configFolder } from '../ui/config-folder.ts';
import { CliError, EXIT } from '../ui/output.ts';
import { type Conditions, readDirection, readOnly } from './conditions.ts';
import type { Quoting } from './fields.ts';
import { SERIALS } from './serial-time.ts';
import { isDateOrder, type TimeLayout } from './table-time.ts';

/** The layout of a table that another program wrote, such as a bank's or a spreadsheet. */
export interface Layout extends TimeLayout, Quoting, Conditions {
  /** The columns of the file by their names in it, with the name of each here. */
  map: { name: string; column: string }[];
  /** The header of a file that has none, with commas. */
  columns?: string;
  decimal?: ',' | '.';
  /** A sign or code beside amounts. */
  currency?: string;
  encoding?: string;
  /** The text of a field without a value, as `NULL`; an empty field and `\\N` have none in every layout. */
  null?: string;
  /** The sign of amounts spent; lines of the other sign are left out. */
  spent?: 'positive' | 'negative';
}

export interface LayoutFlags {
  map?: string[];
  columns?: string;
  decimal?: string;
  currency?: string;
  date?: string;
  timezone?: string;
  encoding?: string;
  null?: string;
  spent?: string;
  only?: string[];
  direction?: string;
  quotes?: string;
  escapes?: string;
  layout?: string;
  saveLayout?: string;
}

/** Returns the saved layout, with the flags over it. Throws a usage error for an invalid flag. */
export function readLayout(flags: LayoutFlags, kind: string, columns: string[]): Layout {
  const saved: Layout = flags.layout === undefined ? { map: [] } : loadLayout(kind, flags.layout);
  const layout = Object.fromEntries(
    Object.entries({
      ...saved,
      ...(flags.map && { map: flags.map.map((pair) => readPair(pair, columns)) }),
      columns: flags.columns ?? saved.columns,
      decimal: flags.decimal ?? saved.decimal,
      currency: flags.currency ?? saved.currency,
      date: flags.date ?? saved.date,
      timezone: flags.timezone ?? saved.timezone,
      encoding: flags.encoding ?? saved.encoding,
      null: flags.null ?? saved.null,
      spent: flags.spent ?? saved.spent,
      only: flags.only?.map(readOnly) ?? saved.only,
      direction: flags.direction === undefined ? saved.direction : readDirection(flags.direction),
      quotes: flags.quotes ?? saved.quotes,
      escapes: flags.escapes ?? saved.escapes,
    }).filter(([, value]) => value !== undefined),
  ) as unknown as Layout;
  if (layout.date !== undefined) requireDateOrder(layout.date);
  if (layout.timezone !== undefined) requireTimezone(layout.timezone);
  if (layout.encoding !== undefined) requireEncoding(layout.encoding);
  if (layout.spent !== undefined && layout.direction !== undefined) {
    throw new CliError('--spent and --direction contradict each other', EXIT.usage, 'give one of them');
  }
  if (flags.saveLayout !== undefined) {
    writePrivate(fileOf(kind, requireName(flags.saveLayout)), `${JSON.stringify(layout)}\n`);
  }
  return layout;
}

/** Returns the flags of a layout that only tables can have. */
export function layoutFlagsOf({ map, ...others }: Layout): string[] {
  const names = Object.keys(others).filter((name) => name !== 'encoding');
  return [...(map.length > 0 ? ['map'] : []), ...names].map((name) => `--${name}`);
}

function readPair(pair: string, columns: string[]): Layout['map'][number] {
  const end = pair.lastIndexOf('=');
  const [name, column] = [pair.slice(0, Math.max(0, end)).trim(), pair.slice(end + 1).trim()];
  if (name !== '' && columns.includes(column)) return { name, column };
  throw new CliError(
    `--map ${pair} does not name one of ${columns.join(', ')}`,
    EXIT.usage,
    againWith(pair, `NAME IN THE FILE=${columns[0]}`),
  );
}

function requireDateOrder(date: string): void {
  if (isDateOrder(date)) return;
  if (/^excel/i.test(date)) {
    throw new CliError(
      `--date ${date} does not say from when days count: 1900 in most files, 1904 in those of old Macs`,
      EXIT.usage,
      steps(...SERIALS.map((serial) => again({ '--date': serial }))),
    );
  }
  throw new CliError(
    `--date ${date} is not an order of dd, mm and yyyy`,
    EXIT.usage,
    again({ '--date': 'dd/mm/yyyy' }),
  );
}

function requireTimezone(timezone: string): void {
  try {
    Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw new CliError(
      `there is no time zone ${timezone}`,
      EXIT.usage,
      again({ '--timezone': 'America/Sao_Paulo' }),
    );
  }
}

function requireEncoding(encoding: string): void {
  if (isEncoding(encoding)) return;
  const isOfDos = /^(cp|ibm)?(437|850|858)$/i.test(encoding);
  const hint = isOfDos
    ? steps(`iconv -f ${encoding} -t UTF-8 FILE > NEW`, 'and import NEW')
    : again({ '--encoding': 'windows-1252' });
  throw new CliError(`there is no encoding ${encoding}`, EXIT.usage, hint);
}

function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== '';
  } catch {
    return false;
  }
}

const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;

function requireName(name: string): string {
  if (NAME.test(name)) return name;
  throw new CliError(
    `${name} is not a valid name of a layout`,
    EXIT.usage,
    'letters, digits, dots and dashes',
  );
}

const fileOf = (kind: string, name: string) => join(configFolder(), 'layouts', `${kind}-${name}.json`);

function loadLayout(kind: string, name: string): Layout {
  const file = fileOf(kind, requireName(name));
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new CliError(
      `there is no layout ${name} of ${kind}`,
      EXIT.notFound,
      again({ '--layout': null, '--save-layout': name }),
    );
  }
  try {
    const layout = JSON.parse(text) as Layout;
    if (Array.isArray(layout.map)) return layout;
  } catch {
    // Said below.
  }
  throw new CliError(
    `${file} is damaged`,
    EXIT.failed,
    `rm ${quote(file)}; ${again({ '--layout': null, '--save-layout': name })}`,
  );
}
