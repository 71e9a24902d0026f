import { describe, expect, test } from 'bun:test';
import { EMOTIONS, isFault, TRANSACTIONS } from './event-kind.ts';

const userId = '0198F3A2-7C11-7D3E-9B53-0D6A1F2C4E8A';
const atMs = Date.parse('2026-11-23T12:00:00.000Z');
const arrival = { eventId: 'e1', atMs, traceId: 't1', source: 'platform' as const };
const metrics = { positivity: 0.1, intensity: 0.2, stress_level: 0.3 };
const emotion = { userId, timestamp: '2026-11-23T09:30:00Z', emotionEvent: { type: 'calm', metrics } };
const named = { eventId: 'e1', traceId: 't1', source: 'platform' };

describe('an emotion', () => {
  test('is kept under its customer in small letters, with its time to the microsecond', () => {
    expect(EMOTIONS.toMessage(emotion, arrival)).toEqual({
      ...named,
      userId: userId.toLowerCase(),
      timestamp: '2026-11-23T09:30:00.000000Z',
      emotionEvent: emotion.emotionEvent,
    } as never);
    const assigned = EMOTIONS.toMessage({ ...emotion, timestampAssigned: true }, arrival);
    expect(assigned).toMatchObject({ timestampAssigned: true });
  });

  test.each([
    ['2026-11-23T12:05:00.001Z', 'must be at most 5 minutes ahead'],
    ['2026-02-30T00:00:00Z', 'this date and time does not exist'],
  ])('of %s is at fault: %s', (timestamp, message) => {
    const fault = EMOTIONS.toMessage({ ...emotion, timestamp }, arrival);
    expect(fault as unknown).toEqual({ path: '/timestamp', message });
    expect(isFault(fault)).toBe(true);
  });

  test('has the same content whenever it came, where its time is not of the client', () => {
    const message = { ...emotion, ...arrival };
    expect(EMOTIONS.contentOf(message)).toEqual([emotion.timestamp, 'calm', 0.1, 0.2, 0.3]);
    expect(EMOTIONS.contentOf({ ...message, timestampAssigned: true })).toEqual([
      null,
      'calm',
      0.1,
      0.2,
      0.3,
    ]);
  });
});

const NAMES_NONE = 'must name an event: the nil and the max UUID name none';

describe('a transaction', () => {
  const toMessage = (change: object) => TRANSACTIONS.toMessage({ userId, amount: 12.34, ...change }, arrival);

  test('is kept with the time of its arrival where it brings none', () => {
    const kept = { ...named, userId: userId.toLowerCase(), amount: 12.34 };
    expect(toMessage({}) as unknown).toEqual({
      ...kept,
      occurredAt: '2026-11-23T12:00:00.000000Z',
      occurredAtAssigned: true,
    });
    const occurredAt = '2026-11-23T09:30:00Z';
    const at = '2026-11-23T09:30:00.000000Z';
    expect(toMessage({ occurredAt }) as unknown).toEqual({ ...kept, occurredAt: at });
    expect(toMessage({ occurredAt, occurredAtAssigned: true })).toMatchObject({ occurredAtAssigned: true });
  });

  test.each([
    [{ eventId: '00000000-0000-0000-0000-000000000000' }, '/eventId', NAMES_NONE],
    [{ eventId: 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF' }, '/eventId', NAMES_NONE],
    [{ amount: 0.001 }, '/amount', 'must have at most 2 decimals'],
    [{ amount: 12.345 }, '/amount', 'must have at most 2 decimals'],
    [{ occurredAt: '2026-10-01T00:00:00Z' }, '/occurredAt', 'must be at most 30 days behind'],
  ])('of %j is at fault at %s', (change, path, message) => {
    expect(toMessage(change) as unknown).toEqual({ path, message });
  });

  test('of the nearest binary fraction to whole cents is whole, and no message is a fault', () => {
    for (const amount of [0.1 + 0.2, 0.07, 999_999_999.99, 1.1]) {
      const rounded = Number(amount.toFixed(2));
      expect([amount, isFault(toMessage({ amount: rounded }))]).toEqual([amount, false]);
    }
    expect(isFault({ path: '/a', message: 'b', eventId: 'c' })).toBe(false);
    expect([isFault({ path: '/a' }), isFault({ message: 'b' })]).toEqual([false, false]);
  });

  test('has the same content whenever it came, where its time is not of the client', () => {
    const message = { ...arrival, userId, amount: 5, occurredAt: 'then' };
    expect(TRANSACTIONS.contentOf(message)).toEqual(['then', 5]);
    expect(TRANSACTIONS.contentOf({ ...message, occurredAtAssigned: true })).toEqual([null, 5]);
  });
});
