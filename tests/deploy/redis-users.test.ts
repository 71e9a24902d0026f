import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { Type } from '@sinclair/typebox';
import { Redis } from 'ioredis';
import type { Cache } from '../../platform/data/cache.ts';
import { CACHE_KEYS, CACHE_USES, type CachePrefix, type CacheUser } from '../../platform/data/cache-keys.ts';
import { openServiceCache } from '../../platform/data/service-data.ts';
import { createMetrics } from '../../platform/kernel/metrics.ts';
import { createKeyMemory } from '../../platform/ingestion/key-memory.ts';
import { eventually } from '../harness/engines.ts';
import { createTestRuntime } from '../harness/runtime.ts';
import { LARGE_COMMANDS, MIB, sendLargeCommand } from './large-commands.ts';
import { startSecuredRedis } from './secured-engines.ts';

// needs: redis

const runtime = createTestRuntime();

/** With its users, as deploy/redis/start.sh makes them. */
let redis: Awaited<ReturnType<typeof startSecuredRedis>>;
beforeAll(async () => {
  redis = await startSecuredRedis();
}, 30_000);
afterAll(() => redis.stop());

const PREFIXES = Object.keys(CACHE_KEYS) as CachePrefix[];
const USERS = [...new Set(CACHE_USES.map(({ user }) => user))];
const RATE = { perSecond: 1, burst: 2 };

/** A cache as a service opens it, with the rights of `user`, and its commands that were done, or refused. */
async function openAs<User extends CacheUser>(user: User) {
  const metrics = createMetrics();
  const cache = openServiceCache(user, { REDIS_URL: redis.urlOf(user) }, { ...runtime, metrics });
  await eventually('redis is connected', () => cache.ping().then(() => true));
  const count = async (outcomes: string[]) => {
    const { values } = await metrics.redisCommands.get();
    const counted = values.filter(({ labels }) => outcomes.includes(String(labels.outcome)));
    return counted.reduce((sum, { value }) => sum + value, 0);
  };
  return { cache, doneCount: () => count(['hit', 'miss', 'done']), refusedCount: () => count(['refused']) };
}

/** Uses a key, as if the catalogue had it for the service. */
const USE: Record<(typeof CACHE_USES)[number]['verb'], (cache: Cache<CacheUser>, key: never) => unknown> = {
  get: (cache, key) => cache.typed(Type.Any()).get(key),
  set: (cache, key) => cache.typed(Type.Any()).set(key, 1, 1),
  claim: (cache, key) => cache.claim(key, 1000),
  remove: (cache, key) => cache.remove([key]),
  setAbsent: (cache, key) => cache.setAbsent([{ key, value: '1' }], 1),
  takeTokens: (cache, key) => cache.takeTokens(key, 1, RATE),
};

describe.each(USERS)('%s', (user) => {
  const uses = CACHE_USES.filter((use) => use.user === user);
  const foreign = PREFIXES.filter((prefix) => !uses.some((use) => use.prefix === prefix));

  test.each(uses)('may $verb keys of $prefix', async ({ prefix, verb }) => {
    const { cache, doneCount, refusedCount } = await openAs(user);
    await eventually('Redis responds in time', async () => {
      await USE[verb](cache, `${prefix}1` as never);
      return (await doneCount()) > 0;
    });
    expect(await refusedCount()).toBe(0);
  });

  test.each(foreign)('may not use keys of %s', async (prefix) => {
    const { cache, doneCount, refusedCount } = await openAs(user);
    for (const use of Object.values(USE)) {
      const before = await refusedCount();
      await eventually('Redis responds in time', async () => {
        await use(cache, `${prefix}1` as never);
        return (await refusedCount()) > before;
      });
    }
    expect(await doneCount()).toBe(0);
  });

  test('may use no key without a prefix, and not look for keys', async () => {
    const client = new Redis(redis.urlOf(user));
    const commands = ['keys *', 'scan 0', 'get quota:', 'dbsize', 'flushall', 'randomkey', 'script flush'];
    // A client that tracks keys is told the name of each that any other client changes.
    commands.push(
      'client tracking on bcast',
      'client list',
      'monitor',
      'subscribe x',
      'acl list',
      'function list',
    );
    for (const command of commands) {
      await expect(client.call(...(command.split(' ') as [string]))).rejects.toThrow('NOPERM');
    }
    client.disconnect();
  });

  test('may run no script of its own: an endless one would block Redis for everybody', async () => {
    const client = new Redis(redis.urlOf(user));
    const script = 'return 1';
    const commands = [
      ['eval', script, '0'],
      ['eval_ro', script, '0'],
      ['script', 'load', script],
      ['function', 'load', `#!lua name=x\nredis.register_function('x', function() ${script} end)`],
      ['fcall', 'x', '0'],
    ] as [string, ...string[]][];
    for (const [name, ...args] of commands) {
      await expect(client.call(name, ...args)).rejects.toThrow('NOPERM');
    }
    client.disconnect();
  });
});

test.each(['emotion', 'transaction'] as const)('the memory of %s-ingestion is kept', async (kind) => {
  const { cache, doneCount, refusedCount } = await openAs(`${kind}-ingestion`);
  const memory = createKeyMemory({ cache, secretKey: 'secret', topic: `${kind}s` });
  const claim = () =>
    memory.claim([{ place: ['user', 'key'], content: 'a' }] as never, { atMs: 1, traceId: 't' });
  await eventually('Redis responds in time', async () => {
    await claim();
    return (await doneCount()) > 0;
  });
  await eventually('it is kept', async () => {
    return Bun.deepEquals(await claim(), [{ verdict: 'same', atMs: 1, traceId: 't' }]);
  });
  expect(await refusedCount()).toBe(0);
});

test.each(LARGE_COMMANDS)('nobody fills the memory of Redis with a command of %s', async (_, lengths) => {
  const { port } = new URL(redis.urlOf('gateway'));
  expect(await sendLargeCommand(Number(port), lengths, 'AUTH health x')).toBe('cut off');
  const client = new Redis(redis.urlOf('gateway'), { enableReadyCheck: false, disableClientInfo: true });
  const [, peak] = /used_memory_peak:(\d+)/.exec(await client.info('memory')) ?? [];
  client.disconnect();
  expect(Number(peak)).toBeLessThan(64 * MIB);
});
