import { looksSerial, SERIALS, serialReaderOf } from './serial-time.ts';

/** The part of a layout for times. */
export interface TimeLayout {
  /** The order of day, month and year: `dd/mm/yyyy`; or `excel-1900`, the days of a spreadsheet. */
  date?: string;
  /** Of times without an offset; UTC when it is absent. */
  timezone?: string;
}

/** The order of a date in ISO 8601. */
const ISO = 'yyyy-mm-dd';
const TOKENS: Record<string, string> = {
  yyyy: String.raw`(?<year>\d{4})`,
  yy: String.raw`(?<year>\d{2})`,
  mmm: String.raw`(?<name>[^\d\s.,/-]{3,12})\.?`,
  mm: String.raw`(?<month>\d{1,2})`,
  m: String.raw`(?<month>\d{1,2})`,
  dd: String.raw`(?<day>\d{1,2})`,
  d: String.raw`(?<day>\d{1,2})`,
};
const SECOND = String.raw`(?::(?<second>\d{2})(?:[.,](?<fraction>\d{1,9}))?)?`;
/** Spanish writes `a. m.`, with a space within. */
const HALF = String.raw`(?:\s?(?<half>[AaPp])\.?\s?[Mm]\.?)?`;
const CLOCK = String.raw`(?<hour>\d{1,2}):(?<minute>\d{2})${SECOND}${HALF}`;
const OFFSET = String.raw`(?<offset>[Zz]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?`;
/** ISO 8601 in UTC, at a time of day that exists. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?Z$/;
/** Without signs between them: each part has all of its digits. */
const COMPACT = /^(?:yyyymmdd|ddmmyyyy|mmddyyyy)$/;
const PATTERN = /^(yyyy|yy|mm?|dd?)([-/. ])(yyyy|yy|mm?|dd?)\2(yyyy|yy|mm?|dd?)$/;
/** With the name of a month, often by a comma. */
const NAMED = /^(yyyy|yy|mmm|dd?)(?:[-/. ]|[.,] )(yyyy|yy|mmm|dd?)(?:[-/. ]|[.,] )(yyyy|yy|mmm|dd?)$/;

/** Whether it has a day, a month and a year, in any order; or is an epoch of spreadsheets. */
export function isDateOrder(pattern: string): boolean {
  if (serialReaderOf(pattern)) return true;
  const [, ...named] = NAMED.exec(pattern.toLowerCase()) ?? [];
  if (new Set(named.map((part) => part[0])).size === 3) return true;
  const parts = PATTERN.exec(pattern.toLowerCase());
  if (COMPACT.test(pattern.toLowerCase())) return true;
  return parts !== null && new Set([parts[1], parts[3], parts[4]].map((part) => part?.[0])).size === 3;
}

/**
 * Returns a reader of the times of a table, which gives them in ISO 8601 or says why not. A day alone is its
 * midnight. Without an offset a time is of the layout's time zone, else UTC; one that its zone has twice, or
 * never, is refused.
 */
export function createTimeReader({ date = ISO, timezone }: TimeLayout): (text: string) => ReadTime {
  const readSerial = serialReaderOf(date);
  if (readSerial) {
    return (text) => {
      const local = readSerial(text);
      return local === null ? { fault: notOf(text, date) } : inLayout(text, local, timezone);
    };
  }
  const pattern = date
    .toLowerCase()
    .replace(/yyyy|yy|mmm|mm?|dd?|[^ymd]/g, (part) => TOKENS[part] ?? `\\${part}`)
    .replaceAll('{1,2}', COMPACT.test(date.toLowerCase()) ? '{2}' : '{1,2}');
  const isIso = date === ISO;
  const expression = new RegExp(`^${pattern}(?:(?:[Tt]|,?\\s+)${CLOCK})?\\s*${OFFSET}$`);
  return (text) => {
    // The form of most files, in a tenth of the time.
    if (isIso && INSTANT.test(text)) return { time: text };
    const parts = expression.exec(text)?.groups;
    if (!parts) return { fault: notOf(text, date) };
    if (parts.name !== undefined && monthOf(parts.name) === undefined) {
      return { fault: `${text} has no month of a language that is read` };
    }
    const local = localOf(parts);
    if (local === null) return { fault: `${text} has a time of day that does not exist` };
    const { offset } = parts;
    if (offset !== undefined) return { time: `${local}${offsetOf(offset)}` };
    return inLayout(text, local, timezone);
  };
}

type ReadTime = { time: string } | { fault: string };

/** As databases, R and pandas write them. */
const NO_VALUES = /^(?:null|na|nan|nat|none)$/i;

function notOf(text: string, date: string): string {
  if (NO_VALUES.test(text)) return `${text} is no time: --null ${text} makes it none`;
  if (SERIALS.includes(date.toLowerCase())) return `${text} is no day of ${date}`;
  if (date === ISO && looksSerial(text)) {
    const choices = SERIALS.join(' or --date ');
    return `${text} may be a day of a spreadsheet: --date ${choices} says from when it counts`;
  }
  const [order, otherOrder] = date === ISO ? ordersOf(text) : [];
  if (order === undefined) return `${text} is not ${date}, with or without a time of day`;
  if (otherOrder === undefined) return `${text} is not ${date}: --date ${order} reads it`;
  return `${text} may be of two days: --date ${order} or --date ${otherOrder} says which`;
}

/** Returns the orders in which a date with its year at the end exists. */
function ordersOf(text: string): string[] {
  const parts = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})\b/.exec(text);
  if (!parts) return [];
  const [, first, sign = '', second, digits = ''] = parts;
  const year = 'y'.repeat(digits.length);
  const isMonth = (number: string | undefined) => Number(number) >= 1 && Number(number) <= 12;
  return [
    ...(isMonth(second) ? [['dd', 'mm', year].join(sign)] : []),
    ...(isMonth(first) ? [['mm', 'dd', year].join(sign)] : []),
  ];
}

function localOf(parts: Record<string, string | undefined>): string | null {
  const { year = '', name, day = '', minute = '00', second = '00', fraction, half } = parts;
  const hour = hourOf(Number(parts.hour ?? 0), half?.toLowerCase());
  // Temporal would take a leap second for the one before.
  if (hour === null || hour > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const two = (value: string | number) => String(value).padStart(2, '0');
  const month = name === undefined ? (parts.month ?? '') : (monthOf(name) ?? '');
  const wholeYear = year.length === 2 ? `20${year}` : year;
  const time = `${two(hour)}:${minute}:${second}${fraction === undefined ? '' : `.${fraction}`}`;
  return `${wholeYear}-${two(month)}-${two(day)}T${time}`;
}

const LANGUAGES = ['en', 'de', 'es', 'fr', 'it', 'nl', 'pt'];
let months: Map<string, number> | undefined;

/** Returns the months by their names, long and short, in these languages; no name is of two months. */
function monthsByName(): Map<string, number> {
  const named = LANGUAGES.flatMap((language) =>
    (['long', 'short'] as const).flatMap((month) => {
      const { format } = new Intl.DateTimeFormat(language, { month, timeZone: 'UTC' });
      return Array.from({ length: 12 }, (_, index): [string, number] => [
        format(Date.UTC(2026, index, 1))
          .toLowerCase()
          .replace('.', ''),
        index + 1,
      ]);
    }),
  );
  return new Map(named);
}

function monthOf(name: string): number | undefined {
  months ??= monthsByName();
  return months.get(name.normalize('NFC').toLowerCase());
}

/** From the clock of 24 or of 12 hours. */
function hourOf(hour: number, half: string | undefined): number | null {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return null;
  return (hour % 12) + (half === 'p' ? 12 : 0);
}

/** PostgreSQL omits the minutes of an offset, other programs omit its colon. */
function offsetOf(offset: string): string {
  if (!/^[+-]/.test(offset)) return 'Z';
  return `${offset.slice(0, 3)}:${offset.slice(3).replace(':', '') || '00'}`;
}

const inLayout = (text: string, local: string, timezone: string | undefined): ReadTime =>
  timezone === undefined ? { time: `${local}Z` } : inZone(text, local, timezone);

function inZone(text: string, local: string, timezone: string): ReadTime {
  try {
    const plain = Temporal.PlainDateTime.from(local, { overflow: 'reject' });
    const zoned = plain.toZonedDateTime(timezone, { disambiguation: 'reject' });
    return { time: zoned.toInstant().toString() };
  } catch {
    if (!isPlain(local)) return { fault: `${text} does not exist` };
    return {
      fault: `${text} exists twice or never in ${timezone}, where clocks are set then: give its offset`,
    };
  }
}

function isPlain(local: string): boolean {
  try {
    Temporal.PlainDateTime.from(local, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}
