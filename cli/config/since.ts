import { parseTimestamp } from '../../sdk/contracts/events/event-time.ts';
import { again } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `10m`, or a time as the API takes it (without an offset it is UTC) or a day, as milliseconds. */
export function readSince(text: string, flag = '--since', nowMs = Date.now()): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) {
    const ms = nowMs - Number(count) * (UNITS[unit] ?? 0);
    if (ms >= 0) return ms;
  }
  const instant = parseTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (instant) return instant.ms;
  throw new CliError(
    `${flag} must be as 10m, 2h, 1d, or a time, not ${text}`,
    EXIT.usage,
    again({ [flag]: '10m' }),
  );
}

/** Reads the same, as the ISO 8601 of the API. */
export function isoSince(text: string, flag = '--since'): string {
  return new Date(readSince(text, flag)).toISOString();
}
