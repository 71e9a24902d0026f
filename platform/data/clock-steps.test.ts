import { afterEach, describe, expect, setSystemTime, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { eventually, startEngine } from '../../tests/harness/engines.ts';
import { createTestRuntime, openTestCache } from '../../tests/harness/runtime.ts';
import { atMostEvery } from '../kernel/at-most-every.ts';
import type { AppError } from '../kernel/errors.ts';
import { createBreaker } from '../resilience/breaker.ts';
import { createQuota } from '../resilience/quota.ts';
import { createUsageReport } from './shared-quota.ts';

// needs: redis

const runtime = createTestRuntime();
const HOUR_MS = 3_600_000;

/** As an operator or NTP sets the clock of the machine; timers go on. */
const stepClock = (ms: number) => setSystemTime(new Date(Date.now() + ms));
afterEach(() => void setSystemTime());

describe.each([
  ['back', -HOUR_MS],
  ['ahead', HOUR_MS],
])('a clock that is set an hour %s', (_, stepMs) => {
  test('takes no tokens of a quota, and gives none', () => {
    const quota = createQuota({ perSecond: 0.001, burst: 10 });
    quota.take('customer', 4);
    stepClock(stepMs);
    expect(quota.left('customer').tokens).toBe(6);
    quota.bar('customer', 60);
    stepClock(stepMs);
    expect(Math.ceil(quota.secondsBarred('customer'))).toBe(60);
  });

  test('leaves usage reported, and the pause after a failed report as long as it was', async () => {
    let reportCount = 0;
    const quota = createQuota({ perSecond: 1, burst: 10 });
    const cache = { takeTokens: async () => ((reportCount += 1), null) };
    const report = createUsageReport({ quota, prefix: 'quota:user:', cache });
    quota.take('customer', 4);
    await report();
    stepClock(stepMs);
    await report();
    expect(reportCount).toBe(1);
    await eventually('the next report', async () => {
      await report();
      return reportCount === 2;
    });
  });

  test('tells no client of an open breaker to wait for an hour', async () => {
    const breaker = createBreaker<void, void>(() => Promise.reject(new Error('away')), {
      problems: { busy: 'model_busy', unavailable: 'model_unavailable' },
      failuresMax: 1,
      timeoutMs: 1000,
      openMs: 30_000,
      inFlightMax: 1,
      isFailure: () => true,
    });
    runtime.lifecycle.onClose('breaker', breaker.close);
    await breaker.call().catch(() => {});
    stepClock(stepMs);
    const error = (await breaker.call().catch((thrown: unknown) => thrown)) as AppError;
    expect([29, 30]).toContain(error.retryAfterSeconds);
    const probeMs = Date.parse(breaker.status().nextProbeAt ?? '') - Date.now();
    expect(Math.ceil(probeMs / 10_000)).toBe(3);
  });

  test('has gauges that are read at times read as often', async () => {
    let readCount = 0;
    const read = atMostEvery(50, async () => void (readCount += 1));
    await read();
    stepClock(stepMs);
    await read();
    expect(readCount).toBe(1);
    await eventually('the next reading', async () => {
      await read();
      return readCount === 2;
    });
  });
});

test('a Redis that is bypassed for a second is, on a clock that is set back in the meantime', async () => {
  const redis = await startEngine('redis');
  const cache = await openTestCache(runtime, redis.url);
  await eventually('redis is connected', () => cache.ping().then(() => true));
  const values = cache.typed(Type.Integer());
  await values.set('analysis:k', 1, 60);
  redis.kill('SIGSTOP');
  for (let call = 0; call < 3; call += 1) await values.get('analysis:k');
  stepClock(-HOUR_MS);
  redis.kill('SIGCONT');
  await eventually('it is used again', async () => (await values.get('analysis:k')) === 1);
});
