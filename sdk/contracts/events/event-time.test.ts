import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseTimestamp, readEventTime, readUtc } from './event-time.ts';

const instants = fc.date({ min: new Date('0100-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });

describe('a timestamp', () => {
  test('is the same instant in whatever offset it is written', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offsetMinutes) => {
        const local = new Date(date.getTime() + offsetMinutes * 60_000);
        if (local.getUTCFullYear() < 100 || local.getUTCFullYear() > 9999) return;
        const two = (value: number) => String(Math.trunc(value)).padStart(2, '0');
        const minutes = Math.abs(offsetMinutes);
        const offset = `${offsetMinutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
        const parsed = parseTimestamp(`${local.toISOString().slice(0, 23)}${offset}`);
        expect(parsed?.ms).toBe(date.getTime());
        expect(parsed?.text).toBe(`${date.toISOString().slice(0, 23)}000Z`);
      }),
    );
  });

  test('is UTC without an offset, and keeps its microseconds', () => {
    expect(parseTimestamp('2026-11-23 09:30:00.123456')?.text).toBe('2026-11-23T09:30:00.123456Z');
    const fractions = {
      '': '000000',
      '.1': '100000',
      '.123': '123000',
      '.123456': '123456',
      '.1234569': '123456',
    };
    for (const [written, kept] of Object.entries(fractions)) {
      expect(parseTimestamp(`2026-11-23T09:30:00${written}Z`)?.text).toBe(`2026-11-23T09:30:00.${kept}Z`);
    }
    expect(parseTimestamp('2026-11-23T09:30')?.text).toBe('2026-11-23T09:30:00.000000Z');
    expect(parseTimestamp('2026-11-23t09:30:00.123456789z')?.text).toBe('2026-11-23T09:30:00.123456Z');
  });

  test.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-02-30T00:00:00.000Z',
    '0050-01-01T00:00:00.000Z',
    '9999-12-31T23:59:59-00:01',
    'yesterday',
    '2026-11-23',
    '',
  ])('%p does not exist', (text) => {
    expect(parseTimestamp(text)).toBeNull();
  });

  test('exists on the days that the calendar has, in either of its usual forms', () => {
    const two = (value: number) => String(value).padStart(2, '0');
    for (const year of ['0000', '0099', '0100', '1900', '2000', '2024', '2026']) {
      for (let month = 0; month <= 13; month += 1) {
        for (let day = 0; day <= 32; day += 1) {
          const date = `${year}-${two(month)}-${two(day)}`;
          const ms = Date.parse(`${date}T00:00:00Z`);
          const exists = Number(year) >= 100 && !Number.isNaN(ms) && new Date(ms).getUTCDate() === day;
          for (const time of ['T09:30:00Z', 'T09:30:00.123Z', 'T09:30:00.123456Z']) {
            expect([date + time, readUtc(date + time) !== null]).toEqual([date + time, exists]);
            const expected = exists ? ms + 9.5 * 3_600_000 + (time.includes('.') ? 123 : 0) : undefined;
            expect(parseTimestamp(date + time)?.ms).toBe(expected as number);
          }
        }
      }
    }
  });

  test.each(['T24:00:00Z', 'T09:60:00Z', 'T09:30:60Z', 'T99:99:99.000Z'])('has no time %p', (time) => {
    expect(readUtc(`2026-11-23${time}`)).toBeNull();
  });

  test('never throws, whatever it is given', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTimestamp(text)));
  });
});

describe('the time of an event', () => {
  const now = Date.parse('2026-11-23T12:00:00.000Z');
  const at = (ms: number) => readEventTime(new Date(now + ms).toISOString(), now);
  const minutes = 60_000;
  const days = 24 * 60 * minutes;

  test('may be 5 minutes ahead and 30 days behind, to the millisecond', () => {
    expect(at(5 * minutes)).toBeObject();
    expect(at(5 * minutes + 1)).toBe('must be at most 5 minutes ahead');
    expect(at(-30 * days)).toBeObject();
    expect(readEventTime('2026-02-30T00:00:00Z', now)).toBe('this date and time does not exist');
    expect(at(-30 * days - 1)).toBe('must be at most 30 days behind');
  });
});
