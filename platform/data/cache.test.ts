import { afterAll, describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { eventually, startEngine } from '../../tests/harness/engines.ts';
import { freeze } from '../../tests/harness/freeze.ts';
import { createTestRuntime, openTestCache } from '../../tests/harness/runtime.ts';
import { endsWithin, fastestMs } from '../../tests/harness/time.ts';

// needs: redis

const runtime = createTestRuntime();
const Value = Type.Object({ n: Type.Integer() });

describe('the cache', () => {
  test('gives back what was set, until it is removed', async () => {
    const cache = await openTestCache(runtime);
    const values = cache.typed(Value);
    await eventually('redis is connected', () => cache.ping().then(() => true));
    await values.set('k1', { n: 1 }, 60);
    expect(await values.get('k1')).toEqual({ n: 1 });
    await cache.remove(['k1']);
    expect(await values.get('k1')).toBeNull();
  });

  test('a value of another shape is a miss', async () => {
    const cache = await openTestCache(runtime);
    await eventually('redis is connected', () => cache.ping().then(() => true));
    await cache.typed(Type.String()).set('k2', 'old version', 60);
    expect(await cache.typed(Value).get('k2')).toBeNull();
  });

  test('a Redis that is absent from the start is a miss, and never an error', async () => {
    const cache = await openTestCache(runtime, 'redis://127.0.0.1:1');
    const values = cache.typed(Value);
    await values.set('k', { n: 1 }, 60);
    await cache.remove(['k']);
    expect(await values.get('k')).toBeNull();
  });

  test('a frozen Redis costs the first 3 calls some 50 ms each, then nothing; thawed it is used again', async () => {
    const redis = await startEngine('redis');
    afterAll(() => redis.kill('SIGCONT'));
    const cache = await openTestCache(runtime, redis.url);
    const values = cache.typed(Value);
    await eventually('redis is connected', () => cache.ping().then(() => true));
    await values.set('k', { n: 1 }, 60);
    freeze(redis.pid);
    for (let call = 0; call < 3; call += 1) expect(await endsWithin(150, () => values.get('k'))).toBe(true);
    const bypassedMs = await fastestMs(async () => {
      for (let call = 0; call < 100; call += 1) expect(await values.get('k')).toBeNull();
    });
    expect(bypassedMs).toBeLessThan(50);
    redis.kill('SIGCONT');
    await eventually('it is used again', async () => (await values.get('k'))?.n === 1);
  });

  test('a read from a killed Redis is a miss', async () => {
    const redis = await startEngine('redis');
    const cache = await openTestCache(runtime, redis.url);
    const values = cache.typed(Value);
    await eventually('redis is connected', () => cache.ping().then(() => true));
    redis.kill('SIGKILL');
    await redis.exited;
    expect(await values.get('k')).toBeNull();
    await values.set('k', { n: 1 }, 60);
  });
});
