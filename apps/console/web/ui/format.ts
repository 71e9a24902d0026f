/** Texts of values: every time in UTC, every number with its unit. */

const NUMBER = new Intl.NumberFormat('en');

/** `2026-11-28 14:03:12 UTC`. */
export function formatTime(time: string | number | Date): string {
  const text = new Date(time).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 19)} UTC`;
}

/** `1,234`, or `1,234.57`. */
export const formatNumber = (value: number, digits = 0): string =>
  digits === 0
    ? NUMBER.format(Math.round(value))
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

/** `0`, `4.2`, `1,234`: of something a second. */
export const formatRate = (value: number): string => formatNumber(value, value === 0 || value >= 100 ? 0 : 1);

/** An amount in the system's one currency. */
export const formatMoney = (value: number): string => formatNumber(value, 2);

/** `12.3 %` of a share. */
export const formatShare = (value: number, digits = 1): string => `${formatNumber(value * 100, digits)} %`;

const STEPS: [limit: number, divisor: number, unit: string][] = [
  [60, 1, 's'],
  [3600, 60, 'min'],
  [86_400, 3600, 'h'],
  [Infinity, 86_400, 'd'],
];

/** `420 ms`, `12 s`, `3 min`, `5 h`, `2 d`. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  const [, divisor, unit] = STEPS.find(([limit]) => seconds < limit) ?? [0, 1, 's'];
  return `${Math.round(seconds / divisor)} ${unit}`;
}

/** How long ago a time was, of the browser's clock. */
export const formatAge = (time: string): string =>
  formatDuration(Math.max(0, (Date.now() - Date.parse(time)) / 1000));

/** The parts of a UUID; in short it is its two ends, since those of one minute begin alike. */
export const partsOfId = (id: string) => ({
  begin: id.slice(0, 8),
  middle: id.slice(8, -4),
  end: id.slice(-4),
});

/** A UUID in short: `019a2b3c…9f01`. */
export function shortId(id: string): string {
  const { begin, end } = partsOfId(id);
  return `${begin}…${end}`;
}
