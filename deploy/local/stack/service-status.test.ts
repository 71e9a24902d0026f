import { expect, test } from 'bun:test';
import { lagOf } from './service-status.ts';

const lag = (pending: number, more: object = {}) => ({
  pending,
  unacknowledged: 1,
  redelivered: 0,
  deadLetters: 2,
  deadLettersDiscarded: 0,
  deadLettersWaiting: 0,
  ...more,
});

test('the lag of a service is the sum of all of its consumers, whatever their names', () => {
  const service = {
    name: 'credit-application',
    status: 'ok',
    consumer: lag(0),
    decisions: lag(7, { redelivered: 3 }),
    closings: lag(2, { deadLettersDiscarded: 4 }),
    outbox: { unsent: 5, oldestSeconds: 1 },
  };
  expect(lagOf(service)).toEqual({
    pending: 9,
    unacknowledged: 3,
    redelivered: 3,
    deadLetters: 6,
    deadLettersDiscarded: 4,
    deadLettersWaiting: 0,
  });
  expect(lagOf({ name: 'gateway', status: 'ok', outbox: { unsent: 5, oldestSeconds: 1 } })).toBeNull();
});
