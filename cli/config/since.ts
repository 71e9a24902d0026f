import { again } from '../ui/command-line.ts';
import { CliError, EXIT } from '../ui/output.ts';

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Reads `10m`, or a time, as milliseconds. */
export function readSince(text: string, nowMs = Date.now()): number {
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return nowMs - Number(count) * (UNITS[unit] ?? 0);
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  throw new CliError(
    `--since must be as 10m, 2h, 1d, or a time, not ${text}`,
    EXIT.usage,
    again({ '--since': '10m' }),
  );
}
