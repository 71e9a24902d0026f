import { ConfigError } from '../protocol/endings.ts';

const UNITS_MS: Record<string, number> = {
  d: 24 * 60 * 60 * 1000,
  h: 60 * 60 * 1000,
  m: 60 * 1000,
  s: 1000,
  ms: 1,
  us: 1e-3,
  µs: 1e-3,
  ns: 1e-6,
};

/**
 * Parses a duration as k6 writes it: `1h30m`, `1.5s`, `200ms`, `1d`, or a number of milliseconds. Throws a
 * ConfigError that names the field.
 */
export function parseDuration(value: unknown, field: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string') {
    const text = value.trim();
    if (/^[-+]?\d+(\.\d+)?$/.test(text)) return Number(text);
    const sign = text.startsWith('-') ? -1 : 1;
    const parts = [...text.replace(/^[-+]/, '').matchAll(/(\d+(?:\.\d*)?|\.\d+)(d|h|ms|m|s|us|µs|ns)/gy)];
    const readLength = parts.reduce((length, [part]) => length + part.length, 0);
    if (parts.length > 0 && readLength === text.replace(/^[-+]/, '').length) {
      return (
        sign * parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS_MS[unit ?? ''] ?? 0), 0)
      );
    }
  }
  throw new ConfigError(`${field}: invalid duration ${JSON.stringify(value)}`);
}

/** Formats a duration as Go does: `1m30s`, `10m0s`, `1.5s`, `200ms`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  if (ms < 1000) return `${trim(ms)}ms`;
  const hours = Math.floor(ms / UNITS_MS.h!);
  const minutes = Math.floor((ms % UNITS_MS.h!) / UNITS_MS.m!);
  const seconds = `${trim((ms % UNITS_MS.m!) / 1000)}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

const trim = (value: number) => String(Number(value.toFixed(3)));
