import fc from 'fast-check';
import type { ImportFlags } from '../../cli/import/import-file.ts';

/**
 * Files of transactions in any layout, with lines that are good and lines with a fault of each kind. Ids are
 * places in a list, so that each run has fresh ones.
 */
interface GeneratedFile {
  layout: Table | 'ndjson';
  lines: Line[];
}

interface Table {
  delimiter: string;
  quoting: 'where needed' | 'all' | 'none' | 'backslash';
  lineEnd: string;
  decimal: ',' | '.' | undefined;
  date: string | undefined;
  timezone: string | undefined;
  order: string[];
  hasMark: boolean;
  hasTitle: boolean;
  direction: boolean;
  only: boolean;
}

type Amount = { cents: number } | { text: string };
type Time = { minutesAgo: number } | { text: string };
interface Line {
  amount: Amount;
  time: Time;
  /** A place in the list of ids, none, or a text that is no id. */
  eventId: number | null | string;
  userId: 'mine' | 'none' | 'other' | 'wrong';
  note: string;
  word: string;
  state: string;
  /** The damage to the line as it is written. */
  damage: 'none' | 'short' | 'long' | 'open quote' | 'bytes' | 'blank' | 'huge';
}

const amount: fc.Arbitrary<Amount> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ cents: fc.integer({ min: 1, max: 1_000_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      text: fc.constantFrom(
        '0',
        '-5',
        '1.005',
        '1,005',
        '1e3',
        'x',
        '',
        '99999999999',
        '(5)',
        '5.000',
        'NULL',
      ),
    }),
  },
);
const DAYS_40 = 40 * 24 * 60;
const time: fc.Arbitrary<Time> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ minutesAgo: fc.integer({ min: 1440, max: 20 * 1440 }) }) },
  { weight: 1, arbitrary: fc.record({ minutesAgo: fc.constantFrom(DAYS_40, -2 * 1440) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      text: fc.constantFrom('', '2026-02-30T09:00:00Z', '03/04/2026', 'yesterday', '2026-11-20 25:00', 'NaT'),
    }),
  },
);
const line: fc.Arbitrary<Line> = fc.record({
  amount,
  time,
  eventId: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    { weight: 3, arbitrary: fc.nat({ max: 3 }) },
    { weight: 1, arbitrary: fc.constant('no-uuid') },
  ),
  userId: fc.constantFrom('none', 'none', 'none', 'mine', 'other', 'wrong'),
  note: fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', ';', '\t', '|', '\\', ' '), maxLength: 8 }),
  word: fc.constantFrom('Af', 'Af', 'Af', 'Bij', '', 'x'),
  state: fc.constantFrom('DONE', 'DONE', 'DONE', 'OPEN'),
  damage: fc.oneof(
    { weight: 60, arbitrary: fc.constant('none' as const) },
    { weight: 15, arbitrary: fc.constantFrom('short', 'long', 'open quote', 'bytes', 'blank') },
    { weight: 1, arbitrary: fc.constant('huge' as const) },
  ),
});
const table: fc.Arbitrary<Table> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  quoting: fc.constantFrom('where needed', 'where needed', 'all', 'none', 'backslash'),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r'),
  decimal: fc.constantFrom(',', '.', undefined),
  date: fc.constantFrom(undefined, undefined, 'dd/mm/yyyy', 'mm/dd/yyyy', 'dd.mm.yy', 'yyyymmdd'),
  timezone: fc.constantFrom(undefined, 'America/Sao_Paulo'),
  order: fc.shuffledSubarray(['Quando', 'eventId', 'userId', 'Nota'], { minLength: 0 }),
  hasMark: fc.boolean(),
  hasTitle: fc.boolean(),
  direction: fc.boolean(),
  only: fc.boolean(),
});

export const generatedFile: fc.Arbitrary<GeneratedFile> = fc.record({
  layout: fc.oneof({ weight: 5, arbitrary: table }, { weight: 1, arbitrary: fc.constant('ndjson' as const) }),
  lines: fc.array(line, { minLength: 1, maxLength: 12 }),
});

/** Writes a file for a customer, whose ids are new ones, with the flags that read it. */
export function writeGenerated(
  { layout, lines }: GeneratedFile,
  userId: string,
): { content: Buffer; flags: ImportFlags } {
  const ids = Array.from({ length: 4 }, () => crypto.randomUUID());
  const idOf = ({ eventId }: Line) => (typeof eventId === 'number' ? ids[eventId] : eventId);
  const userOf = ({ userId: kind }: Line) =>
    ({ mine: userId, none: null, other: '0198a1b2-0000-7000-8000-000000000009', wrong: 'nobody' })[kind];
  if (layout === 'ndjson') {
    const texts = lines.map((entry) => jsonOf(entry, { eventId: idOf(entry), userId: userOf(entry) }));
    return { content: Buffer.concat(texts.map((text) => Buffer.from(`${text}\n`, 'latin1'))), flags: {} };
  }
  const names = [
    'Valor',
    ...layout.order,
    ...(layout.direction ? ['Af Bij'] : []),
    ...(layout.only ? ['State'] : []),
  ];
  const rows = lines.map((entry) => {
    const fields: Record<string, string> = {
      Valor: 'text' in entry.amount ? entry.amount.text : amountOf(entry.amount.cents, layout.decimal),
      Quando: 'text' in entry.time ? entry.time.text : timeOf(entry.time.minutesAgo, layout.date),
      eventId: idOf(entry) ?? '',
      userId: userOf(entry) ?? '',
      Nota: entry.note,
      'Af Bij': entry.word,
      State: entry.state,
    };
    return damaged(
      names.map((name) => writeField(fields[name] ?? '', layout)),
      entry,
      layout,
    );
  });
  const head = [...(layout.hasTitle ? ['Extrato'] : []), names.join(layout.delimiter)];
  const text = [...head, ...rows].map((row) => `${row}${layout.lineEnd}`).join('');
  // Of one byte a character, so that a wrong byte can be written: é is UTF-8 already.
  const content = Buffer.concat([Buffer.from(layout.hasMark ? '\uFEFF' : ''), toBytes(text)]);
  return { content, flags: flagsOf(layout) };
}

function flagsOf({ decimal, date, timezone, quoting, direction, only, order }: Table): ImportFlags {
  return {
    map: ['Valor=amount', ...(order.includes('Quando') ? ['Quando=occurredAt'] : [])],
    decimal,
    date,
    timezone,
    null: 'NULL',
    ...(quoting === 'none' && { quotes: 'none' }),
    ...(quoting === 'backslash' && { escapes: 'backslash' }),
    ...(direction && { direction: 'Af Bij=Af,Bij' }),
    ...(only && { only: ['State=DONE'] }),
  };
}

/** A private character of the text that is written as a byte that is no UTF-8. */
const WRONG_BYTE = '\uE000';

function toBytes(text: string): Buffer {
  const parts = text.split(WRONG_BYTE).map((part) => Buffer.from(part));
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [Buffer.from([0xe7]), part])));
}

function damaged(fields: string[], { damage }: Line, { delimiter }: Table): string {
  const row = fields.join(delimiter);
  if (damage === 'short') return fields.slice(0, -1).join(delimiter);
  if (damage === 'long') return `${row}${delimiter}7`;
  if (damage === 'open quote') return `"${row}`;
  if (damage === 'bytes') return `${row}${WRONG_BYTE}`;
  if (damage === 'blank') return '  ';
  return damage === 'huge' ? `${row}${delimiter}${'y'.repeat(70_000)}` : row;
}

function writeField(field: string, { delimiter, quoting }: Table): string {
  if (quoting === 'none') return field.replaceAll(delimiter, ' ');
  if (quoting === 'backslash') return `"${field.replace(/["\\]/g, '\\$&')}"`;
  const isPlain = quoting === 'where needed' && !field.includes(delimiter) && !field.includes('"');
  return isPlain ? field : `"${field.replaceAll('"', '""')}"`;
}

const amountOf = (cents: number, decimal: string | undefined) => {
  const text = (cents / 100).toFixed(2);
  return decimal === ',' ? text.replace('.', ',') : text;
};

function timeOf(minutesAgo: number, date: string | undefined): string {
  const iso = new Date(Date.now() - minutesAgo * 60_000).toISOString();
  if (date === undefined) return iso;
  const [year = '', month = '', day = ''] = iso.slice(0, 10).split('-');
  const parts: Record<string, string> = { yyyy: year, yy: year.slice(2), mm: month, dd: day };
  return `${date.replace(/yyyy|yy|mm|dd/g, (part) => parts[part] ?? '')} ${iso.slice(11, 16)}`;
}

function jsonOf(entry: Line, ids: { eventId: string | null | undefined; userId: string | null }): string {
  const { amount: value, time: at, damage, note, word } = entry;
  const event = {
    amount: 'text' in value ? value.text : value.cents / 100,
    ...('text' in at ? { occurredAt: at.text } : { occurredAt: timeOf(at.minutesAgo, undefined) }),
    ...(ids.eventId && { eventId: ids.eventId }),
    ...(ids.userId && { userId: ids.userId }),
    ...(word === 'x' && { [note]: note }),
  };
  const text = JSON.stringify(event);
  if (damage === 'short') return text.slice(0, -1);
  if (damage === 'long') return word === 'Bij' ? 'null' : `[${text}]`;
  if (damage === 'open quote') return `"${word}"`;
  if (damage === 'bytes') return word === 'Bij' ? `${text}\xe7` : text.replace('{', '{"\\ud800":1,');
  if (damage === 'blank') return '  ';
  return damage === 'huge' ? text.replace('{', `{"x":"${'y'.repeat(70_000)}",`) : text;
}
