import { expect, test } from 'bun:test';
import { isoSince, readSince } from './since.ts';

const NOW = Date.parse('2026-11-30T12:00:00Z');

test.each([
  ['10m', '2026-11-30T11:50:00.000Z'],
  ['2h', '2026-11-30T10:00:00.000Z'],
  ['2026-11-29', '2026-11-29T00:00:00.000Z'],
  ['2026-11-29T10:00', '2026-11-29T10:00:00.000Z'],
  ['2026-11-29 10:00:00.5+02:00', '2026-11-29T08:00:00.500Z'],
])('%s is %s', (text, at) => {
  expect(new Date(readSince(text, '--since', NOW)).toISOString()).toBe(at);
});

test.each([
  '',
  'nope',
  '-1h',
  '1x',
  '2026-02-30',
  '2026-02-30T00:00:00Z',
  '5',
  '99999999999d',
  'Nov 30 2026',
])('%p is no time: it is refused, and never another one', (text) => {
  expect(() => readSince(text, '--until')).toThrow(`--until must be as 10m, 2h, 1d, or a time, not`);
  expect(() => isoSince(text)).toThrow('--since must be');
});
