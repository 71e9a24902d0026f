import { DAY_MS } from '../time.ts';

interface Instant {
  /** Milliseconds since 1970. */
  ms: number;
  /** `2026-11-23T09:30:00.123456Z`: UTC, microseconds, as PostgreSQL keeps it. */
  text: string;
}

/**
 * Returns the instant of an event that is acceptable now, or a sentence that names the fault of any other.
 */
export function readEventTime(value: string, nowMs: number): Instant | string {
  const instant = parseTimestamp(value);
  if (!instant) return 'this date and time does not exist';
  if (instant.ms > nowMs + AHEAD_MS_MAX) return 'must be at most 5 minutes ahead';
  if (instant.ms < nowMs - BEHIND_MS_MAX) return 'must be at most 30 days behind';
  return instant;
}

const AHEAD_MS_MAX = 5 * 60 * 1000;
const BEHIND_MS_MAX = 30 * DAY_MS;

/** Reads ISO 8601; without an offset it is UTC. Null for a date that does not exist. */
export function parseTimestamp(value: string): Instant | null {
  return parseUsual(value) ?? parseParts(value);
}

/** Returns an instant as a text of UTC, a usual one as it came. Null for a date that does not exist. */
export function readUtc(value: string): string | null {
  if (value.length <= WITH_MICROS && USUAL.test(value)) return value;
  return parseTimestamp(value)?.text ?? null;
}

/** The days that a month has in every year; a year before 100 would be read as one of the 20th century. */
const USUAL_DAYS = [
  '(?:0[1-9]|1[0-2])-(?:0[1-9]|1\\d|2[0-8])',
  '(?:0[13-9]|1[0-2])-(?:29|30)',
  '(?:0[13578]|1[02])-31',
];
const USUAL_TIME = /(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?/;
/** In UTC, as nearly every client and every message of ours writes it: read without a calendar. */
const USUAL = new RegExp(`^(?!00)\\d{4}-(?:${USUAL_DAYS.join('|')})T${USUAL_TIME.source}Z$`);
const WITH_MICROS = '2026-11-23T09:30:00.123456Z'.length;
const WITH_MILLIS = '2026-11-23T09:30:00.123Z'.length;
const WITH_SECONDS = '2026-11-23T09:30:00Z'.length;

function parseUsual(value: string): Instant | null {
  if (value.length !== WITH_MILLIS && value.length !== WITH_SECONDS) return null;
  if (!USUAL.test(value)) return null;
  const micros = value.length === WITH_MILLIS ? '000Z' : '.000000Z';
  return { ms: Date.parse(value), text: value.slice(0, -1) + micros };
}

const DATE = /(\d{4})-(\d{2})-(\d{2})/;
const TIME = /([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?/;
const OFFSET = /(?:([Zz])|([+-])(\d{2}):?(\d{2}))?/;
const PARTS = new RegExp(`^${DATE.source}[Tt ]${TIME.source}${OFFSET.source}$`);

function parseParts(value: string): Instant | null {
  const parts = PARTS.exec(value);
  if (!parts) return null;
  const [, year, month, day, hour, minute, second = '00', fraction = '', , sign, offsetHour, offsetMinute] =
    parts;
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  // Date.UTC rolls 30 February over into March, and reads the years 0 to 99 as 1900 to 1999.
  const date = new Date(local);
  if (date.getUTCFullYear() !== Number(year) || date.getUTCDate() !== Number(day)) return null;
  const offsetMs = sign
    ? (sign === '-' ? -1 : 1) * (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000
    : 0;
  const wholeSeconds = local - offsetMs;
  const micros = `${fraction}000000`.slice(0, 6);
  const text = `${new Date(wholeSeconds).toISOString().slice(0, -'.000Z'.length)}.${micros}Z`;
  // An offset may lead into the year 10000, which needs a sign and a fifth digit.
  if (text.length !== WITH_MICROS) return null;
  return { ms: wholeSeconds + Number(micros.slice(0, 3)), text };
}
