import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { createQuota } from './quota.ts';

function setUp(perSecond: number, burst: number) {
  const clock = { ms: 1_000_000 };
  return { clock, quota: createQuota({ perSecond, burst, now: () => clock.ms }) };
}

describe('a quota', () => {
  test('gives the burst at once, then says how long to wait', () => {
    const { quota, clock } = setUp(2, 3);
    expect([1, 2, 3].map(() => quota.take('a'))).toEqual([0, 0, 0]);
    expect(quota.take('a')).toBeCloseTo(0.5);
    clock.ms += 499;
    expect(quota.take('a')).toBeCloseTo(0.001);
    clock.ms += 1;
    expect(quota.take('a')).toBe(0);
    expect(quota.take('a')).toBeCloseTo(0.5);
  });

  test('a caller who waits as long as announced gets a token, and rejections cost none', () => {
    const perSecond = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(perSecond, fc.integer({ min: 1, max: 50 }), fc.nat(20), (rate, burst, refusals) => {
        const { quota, clock } = setUp(rate, burst);
        for (let tokens = 0; tokens < burst; tokens += 1) expect(quota.take('a')).toBe(0);
        for (let count = 0; count < refusals; count += 1) expect(quota.take('a')).toBeGreaterThan(0);
        clock.ms += Math.ceil(quota.take('a') * 1000);
        expect(quota.take('a')).toBe(0);
      }),
    );
  });

  test('never gives more than the burst and what has flowed in since, whatever the times', () => {
    const steps = fc.array(fc.nat(3000), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 10 }),
        steps,
        (rate, burst, times) => {
          const { quota, clock } = setUp(rate, burst);
          const startMs = clock.ms;
          let grants = 0;
          for (const step of times) {
            clock.ms += step;
            if (quota.take('a') === 0) grants += 1;
          }
          expect(grants).toBeLessThanOrEqual(burst + ((clock.ms - startMs) / 1000) * rate + 1e-6);
        },
      ),
    );
  });

  test('is of each key by itself, and reading it takes nothing', () => {
    const { quota } = setUp(1, 1);
    for (let count = 0; count < 5; count += 1) expect(quota.secondsUntilFree('a')).toBe(0);
    expect(quota.take('a')).toBe(0);
    expect(quota.secondsUntilFree('a')).toBeCloseTo(1);
    expect(quota.take('b')).toBe(0);
  });

  test('remembers 100,000 keys and forgets the one that was used longest ago first', () => {
    const { quota } = setUp(0.001, 1);
    quota.take('kept');
    quota.take('forgotten');
    for (let count = 0; count < 99_998; count += 1) quota.take(`key ${count}`);
    expect(quota.take('kept')).toBeGreaterThan(0);
    quota.take('one more');
    expect(quota.secondsUntilFree('kept')).toBeGreaterThan(0);
    expect(quota.secondsUntilFree('forgotten')).toBe(0);
  });

  test('takes many tokens at once or none of them, and is refilled at its rate whatever was taken', () => {
    const counts = fc.array(fc.record({ count: fc.integer({ min: 1, max: 2000 }), passMs: fc.nat(3000) }), {
      minLength: 1,
      maxLength: 100,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), counts, (rate, times) => {
        const burst = 2 * rate;
        const { quota, clock } = setUp(rate, burst);
        const startMs = clock.ms;
        let total = 0;
        for (const { count, passMs } of times) {
          clock.ms += passMs;
          const { tokens } = quota.left('a');
          const seconds = quota.secondsUntilFree('a', count);
          expect(quota.take('a', count)).toBe(seconds);
          if (seconds === 0) total += Math.min(count, burst);
          else expect(quota.left('a').tokens).toBe(tokens);
          // A debt is at most half a burst.
          expect(total).toBeLessThanOrEqual(1.5 * burst + ((clock.ms - startMs) / 1000) * rate + 1e-6);
        }
      }),
    );
  });

  test('takes what is larger than a burst after half a burst, and its debt is waited for', () => {
    const { quota, clock } = setUp(10, 20);
    expect(quota.take('a', 1000)).toBe(0);
    expect(quota.take('a')).toBeCloseTo(0.1);
    clock.ms += 999;
    expect(quota.take('a', 1000)).toBeCloseTo(0.001);
    clock.ms += 1;
    expect(quota.take('a', 1000)).toBe(0);
    expect(quota.left('a')).toEqual({ tokens: 0, fullInSeconds: 3 });
  });
});
