import type { MetricSummary } from '../metrics/summary.ts';

/** Values as k6's summary writes them. */
export function formatValue(
  value: number,
  { type, contains }: Pick<MetricSummary, 'type' | 'contains'>,
  timeUnit = '',
): string {
  // Cut off, not rounded: 99.999 % must not read as all.
  if (type === 'rate') return `${(Math.trunc(value * 100 * 100) / 100).toFixed(2)}%`;
  if (contains === 'data') return formatBytes(value);
  if (contains === 'time') return formatTime(value, timeUnit);
  return short(value, 6);
}

const short = (value: number, digits: number): string => String(Number(value.toFixed(digits)));
const cut = (value: number): string => short(Math.trunc(value * 100) / 100, 2);

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

function formatBytes(bytes: number): string {
  if (bytes < 10) return `${short(bytes, 6)} B`;
  const power = Math.min(Math.floor(Math.log(bytes) / Math.log(1000)), UNITS.length - 1);
  const value = Math.floor((bytes / 1000 ** power) * 10 + 0.5) / 10;
  return `${value.toFixed(value < 10 ? 1 : 0)} ${UNITS[power]}`;
}

const FIXED: Record<string, [factor: number, unit: string]> = {
  s: [1e-3, 's'],
  ms: [1, 'ms'],
  us: [1e3, 'µs'],
};

export function formatTime(ms: number, timeUnit = ''): string {
  const fixed = FIXED[timeUnit];
  if (fixed) return `${(ms * fixed[0]).toFixed(2)}${fixed[1]}`;
  if (ms === 0) return '0s';
  if (ms < 0.001) return `${Math.trunc(ms * 1e6)}ns`;
  if (ms < 1) return `${cut(ms * 1000)}µs`;
  if (ms < 1000) return `${cut(ms)}ms`;
  if (ms < 60_000) return `${cut(ms / 1000)}s`;
  const minutes = Math.trunc(ms / 60_000);
  const seconds = `${Math.trunc((ms % 60_000) / 1000)}s`;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.trunc(minutes / 60)}h${minutes % 60}m${seconds}`;
}
