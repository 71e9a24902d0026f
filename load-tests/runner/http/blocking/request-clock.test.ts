import { expect, test } from 'bun:test';
import { startClock } from './request-clock.ts';

test('a response that came before the call that sent its request returned was waited for', () => {
  const clock = startClock();
  clock.sending();
  const cameAt = performance.now() + 0.5;
  while (performance.now() < cameAt + 1) continue;
  clock.sent();
  clock.received(cameAt, cameAt + 0.25);
  const { sending, waiting, receiving, duration } = clock.timings();
  expect({ sending, receiving }).toEqual({ sending: 0, receiving: 0.25 });
  expect(waiting).toBeGreaterThanOrEqual(0.5);
  expect(duration).toBeCloseTo(waiting + 0.25, 6);
});

test('all the time of a request without a response is its duration, that of a connection too', () => {
  const clock = startClock();
  clock.connecting();
  const until = performance.now() + 2;
  while (performance.now() < until) continue;
  const { connecting, duration, sending, receiving } = clock.timings();
  expect(connecting).toBeGreaterThanOrEqual(2);
  expect(duration).toBeGreaterThanOrEqual(connecting);
  expect([sending, receiving]).toEqual([0, 0]);
});
