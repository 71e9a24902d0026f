import { expect, test } from 'bun:test';
import { createEventDecoder } from './event-decoder.ts';
import { EmotionMessage } from '../messaging/event-topics.ts';

const decode = createEventDecoder(EmotionMessage, 'timestamp');
const lineOf = (changes: object) =>
  JSON.stringify({
    userId: Bun.randomUUIDv7(),
    timestamp: '2026-11-23T09:30:00.123456Z',
    emotionEvent: { type: 'calm', metrics: { positivity: 0.5, intensity: 0.5, stress_level: 0.5 } },
    eventId: Bun.randomUUIDv7(),
    traceId: 'trace',
    ...changes,
  });

test.each(['2026-11-23T09:30:00.123456Z', '2024-02-29T00:00:00Z', '2026-12-31T23:59:59.999Z'])(
  'takes %p, which the calendar has',
  (timestamp) => expect(decode(lineOf({ timestamp })).ok).toBe(true),
);

test.each(['2026-02-30T00:00:00.000000Z', '2025-02-29T00:00:00Z', '2026-04-31T23:00:00Z'])(
  'rejects %p, which the calendar does not have, before it reaches the database',
  (timestamp) =>
    expect(decode(lineOf({ timestamp }))).toEqual({
      ok: false,
      errors: [{ path: '/timestamp', message: 'this date and time does not exist' }],
    }),
);

test.each([
  // The database would read it in a zone of its own, and round it.
  ['2026-11-23T09:30:00', '2026-11-23T09:30:00.000000Z'],
  ['2026-11-23T09:30:00.999999999Z', '2026-11-23T09:30:00.999999Z'],
  ['2026-11-23 09:30:00+02:00', '2026-11-23T07:30:00.000000Z'],
  ['2026-11-23T09:30:00.123Z', '2026-11-23T09:30:00.123Z'],
])('gives %p as %p', (timestamp, utc) =>
  expect(decode(lineOf({ timestamp }))).toMatchObject({ ok: true, value: { timestamp: utc } }),
);

test('rejects a NUL character in a text, and takes a text that only spells one', () => {
  expect(decode(lineOf({ traceId: 'a\0b' }))).toMatchObject({ ok: false, errors: [{ path: '/' }] });
  expect(decode(lineOf({ traceId: String.raw`a\u0000b` })).ok).toBe(true);
});

test('rejects a line that is no event, with the faults that its schema finds', () => {
  expect(decode('no event')).toEqual({ ok: false, errors: [{ path: '/', message: 'not valid JSON' }] });
  expect(decode(lineOf({ traceId: 7 }))).toEqual({
    ok: false,
    errors: [{ path: '/traceId', message: 'Expected string' }],
  });
});
