import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { CliError } from '../ui/output.ts';
import { readLayout, type Layout } from './layout.ts';
import { createTableReader } from './read-table.ts';
import { readTableNumber } from './table-number.ts';
import { createTimeReader } from './table-time.ts';

const time = (text: string, layout: Partial<Layout> = {}) => {
  const result = createTimeReader(layout)(text);
  return 'time' in result ? result.time : `! ${result.fault}`;
};
const number = (text: string, layout: Partial<Layout> = {}) => readTableNumber(text, { map: [], ...layout });

test('any amount is read as it was written, in the signs and groups of its country', () => {
  const signs = fc.constantFrom<[string, Layout['decimal']]>(
    ['en', '.'],
    ['de', ','],
    ['pt-BR', ','],
    ['de-CH', '.'],
    ['fr', ','],
  );
  fc.assert(
    fc.property(
      fc.integer({ min: -99_999_999_999, max: 99_999_999_999 }),
      signs,
      fc.boolean(),
      (cents, locale, grouped) => {
        const [language, decimal] = locale;
        const options = { minimumFractionDigits: 2, useGrouping: grouped };
        const text = new Intl.NumberFormat(language, options).format(cents / 100);
        expect(Number(number(text, { decimal }))).toBe(cents / 100);
      },
    ),
  );
});

test('an ambiguous number is refused with the flag that decides it', () => {
  expect(['1,234', '1,5', '1.234,56', '1.234.567', '1e3', ''].map((text) => number(text))).toEqual(
    Array.from({ length: 6 }, () => null),
  );
  expect(
    ['1.5', '1,23,456', '12.34,5', '1.234,', ',5'].map((text) => number(text, { decimal: ',' })),
  ).toEqual(Array.from({ length: 5 }, () => null));
  expect(number('R$ 1.234,56', { decimal: ',' })).toBeNull();
  expect(number('R$ 1.234,56', { decimal: ',', currency: 'R$' })).toBe('1234.56');
  expect(number('-42,50 €', { decimal: ',', currency: '€' })).toBe('-42.50');
  expect(['(42.50)', '42.50-', '−42.50', '+42.50', '007'].map((text) => number(text))).toEqual([
    '-42.50',
    '-42.50',
    '-42.50',
    '42.50',
    '7',
  ]);
  const readTable = createTableReader(
    { required: ['amount'], optional: [], numbers: ['amount'], time: 'occurredAt' },
    { map: [] },
  );
  expect(readTable('"1,234"', { delimiter: ',', columns: ['amount'] })).toContain('--decimal');
});

test('an amount whose decimals a number would lose is refused, as in a line of JSON', () => {
  const columns = { required: ['amount'], optional: [], numbers: ['amount'], time: 'at' };
  const read = createTableReader(columns, { map: [] });
  const rowOf = (amount: string) => read(amount, { delimiter: ',', columns: ['amount'] });
  for (const amount of ['9.999999999999999999', '99999999.990000001'])
    expect(rowOf(amount)).toBe(`amount ${amount} must have at most 2 decimals`);
  expect(rowOf('9.5000')).toEqual({ amount: '9.5000' });
});

test('times are read as databases and spreadsheets write them', () => {
  expect(time('2026-11-23 09:30:00+00')).toBe('2026-11-23T09:30:00+00:00');
  expect(time('2026-11-23 09:30:00.895-03')).toBe('2026-11-23T09:30:00.895-03:00');
  expect(time('2026-11-23 09:30:00.000 +0530')).toBe('2026-11-23T09:30:00.000+05:30');
  expect(time('2026-11-23T09:30:00Z')).toBe('2026-11-23T09:30:00Z');
  expect(time('2026-11-23')).toBe('2026-11-23T00:00:00Z');
  const excel = { date: 'dd/mm/yyyy', timezone: 'America/Sao_Paulo' };
  expect(time('23/11/2026 09:30', excel)).toBe('2026-11-23T12:30:00Z');
  expect(time('3/1/2026', excel)).toBe('2026-01-03T03:00:00Z');
  expect(time('11/23/2026, 9:30:05 PM', { date: 'mm/dd/yyyy' })).toBe('2026-11-23T21:30:05Z');
  expect(time('23/11/2026, 9:30:05 p. m.', { date: 'dd/mm/yyyy' })).toBe('2026-11-23T21:30:05Z');
  expect(time('23.11.26 00:15', { date: 'dd.mm.yy', timezone: 'Europe/Berlin' })).toBe(
    '2026-11-22T23:15:00Z',
  );
  // An offset of its own counts more than the zone of the others.
  expect(time('2026-11-23 09:30+02', { timezone: 'Europe/Berlin' })).toBe('2026-11-23T09:30:00+02:00');
});

test('months are read by their names, in the languages of most banks', () => {
  const timesOf = (date: string, ...texts: string[]) => texts.map((text) => time(text, { date }));
  const noon = '2026-11-05T00:00:00Z';
  expect(timesOf('dd-mmm-yyyy', '05-Nov-2026', '5-NOV-2026', '05-november-2026')).toEqual([noon, noon, noon]);
  expect(timesOf('mmm d, yyyy', 'Nov 5, 2026', 'November 05, 2026, 9:30:00 PM')).toEqual([
    noon,
    '2026-11-05T21:30:00Z',
  ]);
  expect(timesOf('d mmm yy', '5 févr. 26', '5 Mär 26', '5 ago 26', '5 mrt. 26')).toEqual(
    ['02', '03', '08', '03'].map((month) => `2026-${month}-05T00:00:00Z`),
  );
  expect(timesOf('d. mmm yyyy', '5. März 2026')).toEqual(['2026-03-05T00:00:00Z']);
  expect(timesOf('dd-mmm-yyyy', '05-Foo-2026', '05-11-2026', '31-Feb-2026')).toEqual([
    expect.stringContaining('has no month of a language that is read'),
    expect.stringContaining('is not dd-mmm-yyyy'),
    '2026-02-31T00:00:00Z',
  ]);
});

test('an ambiguous or impossible time is refused with its reason', () => {
  expect(time('03/04/2026')).toContain('--date dd/mm/yyyy or --date mm/dd/yyyy');
  expect(time('2026-11-23', { date: 'dd/mm/yyyy' })).toContain('is not dd/mm/yyyy');
  expect(time('12:30:00 13 PM')).toStartWith('!');
  expect(time('11/23/2026 13:00 PM', { date: 'mm/dd/yyyy' })).toContain('does not exist');
  const berlin = { timezone: 'Europe/Berlin' };
  expect(time('2026-10-25 02:30', berlin)).toContain('twice or never in Europe/Berlin');
  expect(time('2026-03-29 02:30', berlin)).toContain('twice or never');
  expect(time('2026-02-30 02:30', berlin)).toContain('does not exist');
});

test('a date in another order names the flags that read it, in its own signs', () => {
  const two = (text: string) => /--date (\S+) or --date (\S+) says/.exec(time(text))?.slice(1) ?? time(text);
  expect(two('03.04.2026 09:30')).toEqual(['dd.mm.yyyy', 'mm.dd.yyyy']);
  expect(two('3/4/26')).toEqual(['dd/mm/yy', 'mm/dd/yy']);
  expect(two('30.11.2026')).toBe('! 30.11.2026 is not yyyy-mm-dd: --date dd.mm.yyyy reads it');
  expect(two('11-30-2026')).toBe('! 11-30-2026 is not yyyy-mm-dd: --date mm-dd-yyyy reads it');
  expect(two('30.30.2026')).toContain('with or without a time of day');
  for (const text of ['30.11.2026 09:30', '11/30/26', '3-4-2026']) {
    const [, date = ''] = /--date (\S+)/.exec(time(text)) ?? [];
    expect(time(text, { date })).not.toStartWith('!');
  }
});

test('every moment is found again from its local writing, or refused where that has two', () => {
  const zone = fc.constantFrom(
    'America/Sao_Paulo',
    'Europe/Berlin',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'UTC',
  );
  const moment = fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2030, 0) });
  fc.assert(
    fc.property(moment, zone, (ms, timezone) => {
      const instant = Temporal.Instant.fromEpochMilliseconds(ms);
      const local = instant.toZonedDateTimeISO(timezone).toPlainDateTime();
      const text = `${local.day}/${local.month}/${local.year} ${local.toPlainTime().toString()}`;
      const result = createTimeReader({ date: 'd/m/yyyy', timezone })(text);
      if ('fault' in result) expect(result.fault).toContain('twice');
      else expect(Date.parse(result.time)).toBe(ms);
    }),
  );
});

test('of amounts of both signs those that were spent are kept', () => {
  const columns = { required: ['amount'], optional: [], numbers: ['amount'], time: 'occurredAt' };
  const header = { delimiter: ';', columns: ['amount', null] };
  const spentRows = (spent: Layout['spent']) => {
    const readTable = createTableReader(columns, { map: [], decimal: ',', spent });
    return ['-42,50;a', '10;b', ';c', '0;d', '-0,00;e'].map((text) => readTable(text, header));
  };
  expect(spentRows('negative')).toEqual([{ amount: '42.50' }, null, null, null, null]);
  expect(spentRows('positive')).toEqual([null, { amount: '10' }, null, null, null]);
});

test.each([
  [{ map: ['Valor'] }, '--map Valor does not name'],
  [{ map: ['Valor=total'] }, '--map Valor=total does not name one of amount, occurredAt'],
  [{ date: 'dd/mm' }, '--date dd/mm is not'],
  [{ date: 'dd/dd/yyyy' }, '--date dd/dd/yyyy is not'],
  [{ date: 'mmm-mm-yyyy' }, '--date mmm-mm-yyyy is not'],
  [{ timezone: 'Mars/Olympus' }, 'no time zone Mars/Olympus'],
  [{ encoding: 'ebcdic' }, 'no encoding ebcdic'],
  [{ saveLayout: '../x' }, 'is not a valid name of a layout'],
  [{ layout: 'never-saved' }, 'no layout never-saved of transactions'],
])('a layout that cannot be is refused by name: %j', (flags, message) => {
  const readFlags = () => readLayout(flags, 'transactions', ['amount', 'occurredAt']);
  expect(readFlags).toThrow(CliError);
  expect(readFlags).toThrow(message);
});

test('days of a spreadsheet are read only where the layout says from when they count', () => {
  const serial = (date: string, text: string, timezone?: string) =>
    time(text, { date, ...(timezone && { timezone }) });
  expect(serial('excel-1900', '45678.5')).toBe('2025-01-21T12:00:00.000Z');
  expect(serial('excel-1900', '45678,3958333333')).toBe('2025-01-21T09:30:00.000Z');
  expect(serial('Excel-1900', '61')).toBe('1900-03-01T00:00:00.000Z');
  expect(serial('excel-1904', '44216.5')).toBe('2025-01-21T12:00:00.000Z');
  expect(serial('excel-1904', '0')).toBe('1904-01-01T00:00:00.000Z');
  // The last moment of a day, rounded, is the next one.
  expect(serial('excel-1900', '45678.99999999999')).toBe('2025-01-22T00:00:00.000Z');
  expect(serial('excel-1900', '45678.5', 'America/Sao_Paulo')).toBe('2025-01-21T15:00:00Z');
  for (const text of ['60', '0.5', '2958466', '45,678.5', '-1', '21/01/2025', '2025-01-21', '4.5678E4', '']) {
    expect(serial('excel-1900', text)).toBe(`! ${text} is no day of excel-1900`);
  }
  expect(time('45678.5')).toBe(
    '! 45678.5 may be a day of a spreadsheet: --date excel-1900 or --date excel-1904 says from when it counts',
  );
});
