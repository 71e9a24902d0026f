import { describe, expect, jest, test } from 'bun:test';
import fc from 'fast-check';
import { eventually } from '../../tests/harness/engines.ts';
import { createTestRuntime } from '../../tests/harness/runtime.ts';
import { endsWithin, fastestMs } from '../../tests/harness/time.ts';
import { createBreaker } from './breaker.ts';
import { AppError, problem } from '../kernel/errors.ts';

const runtime = createTestRuntime();
type Outcome = 'success' | 'failure' | 'filtered' | 'hang';

/** A breaker around an action that does as its input says, and a log of its calls. */
function setUp(changes: Partial<Parameters<typeof createBreaker>[1]> = {}) {
  const calls: Outcome[] = [];
  const changesSeen: string[] = [];
  const breaker = createBreaker<Outcome, string>(
    async (outcome) => {
      calls.push(outcome);
      if (outcome === 'failure') throw new Error('the model returned 500');
      if (outcome === 'filtered') throw problem('invalid_request');
      if (outcome === 'hang') return new Promise<string>(() => {});
      return 'fine';
    },
    {
      problems: { busy: 'model_busy', unavailable: 'model_unavailable' },
      failuresMax: 5,
      timeoutMs: 2000,
      openMs: 60_000,
      inFlightMax: 32,
      isFailure: (error) => !(error instanceof AppError),
      onChange: (state) => changesSeen.push(state),
      ...changes,
    },
  );
  runtime.lifecycle.onClose('breaker', breaker.close);
  const call = async (outcome: Outcome): Promise<unknown> => breaker.call(outcome).catch((error) => error);
  const callAll = async (outcomes: Outcome[]) => {
    for (const outcome of outcomes) await call(outcome);
  };
  return { breaker, calls, changesSeen, call, callAll };
}

const times = (count: number, outcome: Outcome): Outcome[] => Array.from({ length: count }, () => outcome);
const unavailable = { status: 503, code: 'model_unavailable' };

describe('a breaker', () => {
  test('opens at the fifth failure in a row, not before', async () => {
    const { breaker, callAll, call, changesSeen } = setUp();
    await callAll(times(4, 'failure'));
    expect(breaker.status()).toEqual({ state: 'closed', failures: 4, nextProbeAt: null });
    expect(await call('failure')).toMatchObject(unavailable);
    expect(breaker.status()).toMatchObject({ state: 'open', failures: 5 });
    expect(changesSeen).toEqual(['open']);
  });

  test('opens after exactly the five failures that no success interrupts, whatever comes between', async () => {
    const outcome = fc.constantFrom<Outcome>('success', 'failure', 'failure', 'failure', 'filtered');
    await fc.assert(
      fc.asyncProperty(fc.array(outcome, { maxLength: 40 }), async (outcomes) => {
        const { calls, callAll } = setUp();
        await callAll(outcomes);
        let failures = 0;
        const expected: Outcome[] = [];
        for (const result of outcomes) {
          if (failures === 5) break;
          expected.push(result);
          if (result === 'failure') failures += 1;
          if (result === 'success') failures = 0;
        }
        expect(calls).toEqual(expected);
      }),
    );
  });

  test('returns at once while open, without calling, with the time to retry', async () => {
    const { breaker, calls, call, callAll } = setUp();
    await callAll(times(5, 'failure'));
    let errors: unknown[] = [];
    const tookMs = await fastestMs(async () => {
      errors = await Promise.all(times(32, 'hang').map(call));
    });
    expect(tookMs).toBeLessThan(200);
    expect(calls).toHaveLength(5);
    for (const error of errors) expect(error).toMatchObject(unavailable);
    const { retryAfterSeconds } = errors[0] as AppError;
    expect(retryAfterSeconds).toBeGreaterThan(58);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    const probeInMs = Date.parse(breaker.status().nextProbeAt ?? '') - Date.now();
    expect(probeInMs).toBeGreaterThan(58_000);
    expect(probeInMs).toBeLessThanOrEqual(60_000);
  });

  test('counts a call that takes too long as a failure, and returns in time', async () => {
    const { breaker, call } = setUp({ timeoutMs: 30 });
    const isInTime = await endsWithin(500, async () => expect(await call('hang')).toMatchObject(unavailable));
    expect(isInTime).toBe(true);
    expect(breaker.status().failures).toBe(1);
  });

  test('half-open lets one probe through; its success closes it', async () => {
    const { breaker, calls, call, callAll, changesSeen } = setUp({ openMs: 50 });
    await callAll(times(5, 'failure'));
    await eventually('it is half-open', () => breaker.status().state === 'half-open');
    expect(calls).toHaveLength(5);
    const results = await Promise.all(times(20, 'success').map(call));
    expect(calls).toHaveLength(6);
    expect(results.filter((result) => result === 'fine')).toHaveLength(1);
    expect(results.filter((result) => result instanceof AppError && result.status === 503)).toHaveLength(19);
    expect(breaker.status()).toEqual({ state: 'closed', failures: 0, nextProbeAt: null });
    expect(changesSeen).toEqual(['open', 'half-open', 'closed']);
    await callAll(times(4, 'failure'));
    expect(breaker.status().state).toBe('closed');
  });

  test('whose probe fails is open again, for as long as before', async () => {
    const { breaker, calls, call, callAll } = setUp({ openMs: 1000 });
    await callAll(times(5, 'failure'));
    await eventually('it is half-open', () => breaker.status().state === 'half-open');
    await call('failure');
    expect(breaker.status().state).toBe('open');
    const probeInMs = Date.parse(breaker.status().nextProbeAt ?? '') - Date.now();
    expect(probeInMs).toBeGreaterThan(100);
    await call('success');
    expect(calls).toHaveLength(6);
    await eventually('it is half-open again', () => breaker.status().state === 'half-open');
    expect(await call('success')).toBe('fine');
    expect(breaker.status().state).toBe('closed');
  });

  test("whose probe the caller's own fault ended is closed, and counts anew", async () => {
    const { breaker, call, callAll } = setUp({ openMs: 50 });
    await callAll(times(5, 'failure'));
    await eventually('it is half-open', () => breaker.status().state === 'half-open');
    await call('filtered');
    expect(breaker.status()).toMatchObject({ state: 'closed', failures: 0 });
    await callAll(times(4, 'failure'));
    expect(breaker.status().state).toBe('closed');
  });

  test("passes the caller's error through and counts it as neither", async () => {
    const { breaker, call, callAll } = setUp();
    await callAll(times(4, 'failure'));
    for (let count = 0; count < 10; count += 1) {
      expect(await call('filtered')).toMatchObject({ status: 422, code: 'invalid_request' });
    }
    expect(breaker.status()).toMatchObject({ state: 'closed', failures: 4 });
  });

  test('that is full rejects with 503 without calling, does not count it, and is free again after', async () => {
    const { breaker, calls, call } = setUp({ inFlightMax: 3, timeoutMs: 200 });
    const hangingCalls = times(3, 'hang').map(call);
    for (let count = 0; count < 10; count += 1) {
      expect(await call('success')).toMatchObject({ status: 503, code: 'model_busy' });
    }
    expect(calls).toEqual(times(3, 'hang'));
    expect(breaker.status()).toMatchObject({ state: 'closed', failures: 0 });
    await Promise.all(hangingCalls);
    expect(breaker.status().failures).toBe(3);
    expect(await call('success')).toBe('fine');
  });
});

test('the seconds until its probe are whole ones that are long enough', async () => {
  jest.useFakeTimers();
  try {
    const { breaker, call, callAll } = setUp();
    expect(await call('failure')).toMatchObject({ retryAfterSeconds: 1 });
    await callAll(times(4, 'failure'));
    const openedAt = Date.now();
    expect(breaker.status().nextProbeAt).toBe(new Date(openedAt + 60_000).toISOString());
    for (const [passedMs, seconds] of [
      [0, 60],
      [1, 60],
      [1000, 59],
      [29_970, 31],
      [59_000, 1],
      [59_999, 1],
    ] as const) {
      jest.advanceTimersByTime(openedAt + passedMs - Date.now());
      expect([passedMs, await call('success')]).toMatchObject([passedMs, { retryAfterSeconds: seconds }]);
    }
  } finally {
    jest.useRealTimers();
  }
});

describe('a spare call', () => {
  test('that has ended gives back its own place and no other', async () => {
    const { breaker } = setUp({ inFlightMax: 4 });
    for (let count = 0; count < 3; count += 1) expect(await breaker.callSpare('success')).toBe('fine');
    for (let count = 0; count < 2; count += 1) void breaker.callSpare('hang').catch(() => {});
    await expect(breaker.callSpare('success')).rejects.toMatchObject({ code: 'model_busy' });
  });

  test('takes half of the places at most, so that calls that count find theirs', async () => {
    const { breaker, call } = setUp({ inFlightMax: 4, timeoutMs: 50 });
    const hanging = [breaker.callSpare('hang'), breaker.callSpare('hang')];
    hanging.forEach((spare) => void spare.catch(() => {}));
    await expect(breaker.callSpare('success')).rejects.toMatchObject({ code: 'model_busy' });
    expect(await call('success')).toBe('fine');
    expect(await call('success')).toBe('fine');
  });

  test('that fails opens no breaker, and none is made while it is open', async () => {
    const { breaker, calls, callAll, changesSeen } = setUp();
    for (let index = 0; index < 20; index += 1) {
      await expect(breaker.callSpare('failure')).rejects.toMatchObject({ code: 'model_unavailable' });
    }
    expect([breaker.status().state, breaker.status().failures]).toEqual(['closed', 0]);
    await callAll(Array.from({ length: 5 }, () => 'failure' as const));
    expect(changesSeen).toEqual(['open']);
    const before = calls.length;
    await expect(breaker.callSpare('success')).rejects.toMatchObject({ code: 'model_unavailable' });
    expect(calls).toHaveLength(before);
  });
});
