import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseTimestamp, readEventTime } from './event-time.ts';

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
    expect(parseTimestamp('2026-11-23T09:30')?.text).toBe('2026-11-23T09:30:00.000000Z');
    expect(parseTimestamp('2026-11-23t09:30:00.123456789z')?.text).toBe('2026-11-23T09:30:00.123456Z');
  });

  test.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-02-30T00:00:00.000Z',
    '0050-01-01T00:00:00.000Z',
    'yesterday',
    '2026-11-23',
    '',
  ])('%p does not exist', (text) => {
    expect(parseTimestamp(text)).toBeNull();
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
