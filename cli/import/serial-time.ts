import { DAY_MS } from '../../sdk/contracts/time.ts';

/** Days of a spreadsheet: its number of a day, with the time as a fraction of it. */
const EPOCHS: Record<string, { zeroMs: number; firstDay: number }> = {
  // The first two months have a day that never was, and are another day in other programs.
  'excel-1900': { zeroMs: Date.UTC(1899, 11, 30), firstDay: 61 },
  'excel-1904': { zeroMs: Date.UTC(1904, 0, 1), firstDay: 0 },
};
export const SERIALS = Object.keys(EPOCHS);

const SERIAL = /^(\d{1,7})(?:[.,](\d{1,17}))?$/;
const YEAR_MAX = 9999;

/** Whether a text looks like a day of this century as a spreadsheet keeps it. */
export const looksSerial = (text: string): boolean => /^[34567]\d{4}(?:[.,]\d{1,17})?$/.test(text);

/**
 * Returns the reader of the days of an epoch, which gives the local time to the millisecond, and null for
 * another text; undefined for an unknown epoch.
 */
export function serialReaderOf(date: string): ((text: string) => string | null) | undefined {
  const epoch = EPOCHS[date.toLowerCase()];
  if (!epoch) return undefined;
  return (text) => {
    const [, day = '', fraction = '0'] = SERIAL.exec(text) ?? [];
    if (day === '' || Number(day) < epoch.firstDay) return null;
    const ms = epoch.zeroMs + Number(day) * DAY_MS + Math.round(Number(`0.${fraction}`) * DAY_MS);
    const time = new Date(ms);
    return time.getUTCFullYear() > YEAR_MAX ? null : time.toISOString().slice(0, -1);
  };
}
