import { afterAll, describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Redis } from 'ioredis';
import { eventually, startEngine } from '../../tests/harness/engines.ts';
import { freeze } from '../../tests/harness/freeze.ts';
import { createMetrics, type Metrics } from '../kernel/metrics.ts';
import { createTestRuntime, openTestCache } from '../../tests/harness/runtime.ts';
import { endsWithin, fastestMs } from '../../tests/harness/time.ts';

// needs: redis

const runtime = createTestRuntime();
const Value = Type.Object({ n: Type.Integer() });

const countOf = async (metrics: Metrics, outcome: string) =>
  (await metrics.redisCommands.get()).values.find(({ labels }) => labels.outcome === outcome)?.value ?? 0;

describe('the cache', () => {
  test('gives back what was set, until it is removed', async () => {
    const cache = await openTestCache(runtime);
    const values = cache.typed(Value);
    await eventually('redis is connected', () => cache.ping().then(() => true));
    await values.set('analysis:k1', { n: 1 }, 60);
    expect(await values.get('analysis:k1')).toEqual({ n: 1 });
    await cache.remove(['analysis:k1']);
    expect(await values.get('analysis:k1')).toBeNull();
  });

  test('a value of another shape is a miss', async () => {
    const cache = await openTestCache(runtime);
    await eventually('redis is connected', () => cache.ping().then(() => true));
    await cache.typed(Type.String()).set('analysis:k2', 'old version', 60);
    expect(await cache.typed(Value).get('analysis:k2')).toBeNull();
  });

  test('counts each command once, by its outcome', async () => {
    const metrics = createMetrics();
    const cache = await openTestCache({ ...runtime, metrics });
    const values = cache.typed(Value);
    await eventually('redis is connected', () => cache.ping().then(() => true));
    expect(await values.get('analysis:k3')).toBeNull();
    await values.set('analysis:k3', { n: 1 }, 60);
    expect(await values.get('analysis:k3')).toEqual({ n: 1 });
    expect(await cache.claim('analysis-flight:k3', 60_000)).toBe(true);
    expect(await cache.remove(['analysis:k3'])).toBe(true);
    const { values: counted } = await metrics.redisCommands.get();
    const counts = Object.fromEntries(counted.map(({ labels, value }) => [labels.outcome, value]));
    expect(counts).toEqual({ hit: 1, miss: 1, done: 3 });
  });

  test('a Redis that is absent from the start is a miss, and never an error', async () => {
    const cache = await openTestCache(runtime, 'redis://127.0.0.1:1');
    const values = cache.typed(Value);
    await values.set('analysis:k', { n: 1 }, 60);
    await cache.remove(['analysis:k']);
    expect(await values.get('analysis:k')).toBeNull();
  });

  test('a frozen Redis costs the first 3 calls some 50 ms each, then nothing; thawed it is used again', async () => {
    const redis = await startEngine('redis');
    afterAll(() => redis.kill('SIGCONT'));
    const cache = await openTestCache(runtime, redis.url);
    const values = cache.typed(Value);
    await eventually('redis is connected', () => cache.ping().then(() => true));
    await values.set('analysis:k', { n: 1 }, 60);
    freeze(redis.pid);
    for (let call = 0; call < 3; call += 1)
      expect(await endsWithin(150, () => values.get('analysis:k'))).toBe(true);
    const bypassedMs = await fastestMs(async () => {
      for (let call = 0; call < 100; call += 1) expect(await values.get('analysis:k')).toBeNull();
    });
    expect(bypassedMs).toBeLessThan(50);
    redis.kill('SIGCONT');
    await eventually('it is used again', async () => (await values.get('analysis:k'))?.n === 1);
  });

  test('a command that Redis refuses is a miss, and nothing else is: it responds', async () => {
    const redis = await startEngine('redis');
    const owner = new Redis(redis.url);
    afterAll(() => owner.disconnect());
    await owner.call('acl', 'setuser', 'part', 'on', '>secret', '~analysis:*', '+@all');
    const url = new URL(redis.url);
    Object.assign(url, { username: 'part', password: 'secret' });
    const warnings: unknown[] = [];
    const log = Object.assign(Object.create(runtime.log), {
      warn: (...line: unknown[]) => warnings.push(line),
    });
    const cache = await openTestCache({ ...runtime, log }, url.href);
    const values = cache.typed(Value);
    await eventually('redis is connected', () => cache.ping().then(() => true));
    await values.set('analysis:k', { n: 1 }, 60);
    await eventually('ten commands one after the other are refused, and another is not', async () => {
      const before = await countOf(runtime.metrics, 'refused');
      for (let call = 0; call < 10; call += 1) {
        expect(await cache.takeTokens('quota:partner:1:a', 1, { perSecond: 1, burst: 1 })).toBeNull();
      }
      const value = await values.get('analysis:k');
      return value?.n === 1 && (await countOf(runtime.metrics, 'refused')) === before + 10;
    });
    expect(warnings).toEqual([
      [{ error: expect.stringMatching(/^ReplyError: NOPERM/) }, 'redis refuses a command: done without'],
    ]);
  });

  test('a Redis that refuses the user refuses each command, and is not taken for one that is down', async () => {
    const redis = await startEngine('redis');
    const url = new URL(redis.url);
    Object.assign(url, { username: 'nobody', password: 'secret' });
    const warnings: unknown[] = [];
    const log = Object.assign(Object.create(runtime.log), {
      warn: (...line: unknown[]) => warnings.push(line),
    });
    const metrics = createMetrics();
    const cache = await openTestCache({ ...runtime, log, metrics }, url.href);
    const values = cache.typed(Value);
    await eventually('the user is refused', async () => {
      await values.get('analysis:k');
      return (await countOf(metrics, 'refused')) > 0;
    });
    await eventually('ten commands one after the other are refused', async () => {
      const before = await countOf(metrics, 'refused');
      for (let call = 0; call < 10; call += 1) await values.get('analysis:k');
      return (await countOf(metrics, 'refused')) === before + 10;
    });
    const bypassed = await countOf(metrics, 'bypassed');
    expect(warnings).toEqual([
      [{ error: expect.stringMatching(/^ReplyError: WRONGPASS/) }, 'redis refuses a command: done without'],
    ]);
    redis.kill('SIGKILL');
    await eventually('it is down', async () => {
      await values.get('analysis:k');
      return (await countOf(metrics, 'bypassed')) > bypassed;
    });
  });

  test('a read from a killed Redis is a miss', async () => {
    const redis = await startEngine('redis');
    const cache = await openTestCache(runtime, redis.url);
    const values = cache.typed(Value);
    await eventually('redis is connected', () => cache.ping().then(() => true));
    redis.kill('SIGKILL');
    await redis.exited;
    expect(await values.get('analysis:k')).toBeNull();
    await values.set('analysis:k', { n: 1 }, 60);
  });
});
