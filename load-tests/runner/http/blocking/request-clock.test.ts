import { expect, test } from 'bun:test';
import { startClock } from './request-clock.ts';

test('a response that came before the call that sent its request returned was waited for', () => {
  const clock = startClock();
  clock.sending('127.0.0.1');
  const cameAt = performance.now() + 0.5;
  while (performance.now() < cameAt + 1) continue;
  clock.sent();
  clock.responding(cameAt);
  clock.received(cameAt + 0.25);
  const { sending, waiting, receiving, duration } = clock.timings();
  expect({ sending, receiving }).toEqual({ sending: 0, receiving: 0.25 });
  expect(waiting).toBeGreaterThanOrEqual(0.5);
  expect(duration).toBeCloseTo(waiting + 0.25, 6);
});

test('the time of a request that got no response is its duration, and none of one without a connection', () => {
  const clock = startClock();
  clock.connecting();
  const wait = () => {
    const until = performance.now() + 2;
    while (performance.now() < until) continue;
  };
  wait();
  expect(Object.values(clock.timings())).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(clock.connectedTo()).toBe('');
  clock.connected();
  clock.sending('127.0.0.1');
  clock.sent();
  wait();
  const { connecting, duration, waiting } = clock.timings();
  expect(connecting).toBeGreaterThanOrEqual(2);
  expect(waiting).toBeGreaterThanOrEqual(2);
  expect(duration).toBeCloseTo(waiting, 0);
  expect(clock.connectedTo()).toBe('127.0.0.1');
});
