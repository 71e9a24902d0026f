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

/** Before it, Date.UTC reads a year as one of the 20th century: such a year is none for us. */
const YEAR_100_MS = Date.parse('0100-01-01T00:00:00Z');
const WITH_MILLIS = '2026-11-23T09:30:00.123Z'.length;
const WITH_SECONDS = '2026-11-23T09:30:00Z'.length;

/** Parses the forms that most clients send, in a third of the time; null for all else. */
function parseUsual(value: string): Instant | null {
  if (value.length !== WITH_MILLIS && value.length !== WITH_SECONDS) return null;
  const ms = Date.parse(value);
  if (!(ms >= YEAR_100_MS)) return null;
  const start = value.slice(0, -1);
  const written = new Date(ms).toISOString();
  // Only a date that exists is written as it was read.
  if (value.length === WITH_MILLIS) return written === value ? { ms, text: `${start}000Z` } : null;
  return written === `${start}.000Z` ? { ms, text: `${start}.000000Z` } : null;
}

const DATE = /(\d{4})-(\d{2})-(\d{2})/;
const TIME = /(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?/;
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
  const micros = fraction.padEnd(6, '0').slice(0, 6);
  return {
    ms: wholeSeconds + Number(micros.slice(0, 3)),
    text: `${new Date(wholeSeconds).toISOString().slice(0, 19)}.${micros}Z`,
  };
}
