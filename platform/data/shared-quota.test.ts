import { describe, expect, test } from 'bun:test';
import { eventually, startEngine } from '../../tests/harness/engines.ts';
import { freeze } from '../../tests/harness/freeze.ts';
import { createTestRuntime, openTestCache } from '../../tests/harness/runtime.ts';
import { createQuota } from '../resilience/quota.ts';
import { createUsageReport, shareQuota } from './shared-quota.ts';

// needs: redis

const runtime = createTestRuntime();
const RATE = { perSecond: 100, burst: 40 };
/** Slower than any quota decides without Redis. */
const SLOW_MS = 50;
const FOR_MS = 1500;

/** A quota as one of several replicas has it. */
async function openReplica(partner: string, redisUrl?: string) {
  const cache = await openTestCache(runtime, redisUrl);
  const quota = createQuota(RATE);
  const prefix: `quota:partner:${string}` = `quota:partner:${partner}:`;
  shareQuota({ quota, prefix, cache, lifecycle: runtime.lifecycle });
  return { cache, quota };
}

/**
 * Measures how much the replicas grant a principal that never stops calling, and how much one quota that is
 * not shared grants beside them: a busy machine that stops the test for a moment costs both the same.
 */
async function drain(replicas: Awaited<ReturnType<typeof openReplica>>[]) {
  const startedMs = performance.now();
  const grants = replicas.map(() => 0);
  const unshared = createQuota(RATE);
  let [alone, asked, slow] = [0, 0, 0];
  while (performance.now() - startedMs < FOR_MS) {
    for (const [index, { quota }] of replicas.entries()) {
      const askedMs = performance.now();
      if (quota.take('customer') === 0) grants[index] = (grants[index] ?? 0) + 1;
      asked += 1;
      if (performance.now() - askedMs >= SLOW_MS) slow += 1;
    }
    if (unshared.take('customer') === 0) alone += 1;
    await new Promise(setImmediate);
  }
  return { total: grants.reduce((sum, count) => sum + count, 0), alone, slowShare: slow / asked };
}

describe('a quota of several replicas', () => {
  test('is one quota: three give together what one alone would give', async () => {
    const replicas = await Promise.all([1, 2, 3].map(() => openReplica('shared')));
    await Promise.all(
      replicas.map(({ cache }) => eventually('redis is connected', () => cache.ping().then(() => true))),
    );
    const { total, alone } = await drain(replicas);
    // Unshared it would be three times as much. The first overrun is paid back.
    expect(total / alone).toBeLessThan(1.8);
    expect(total / alone).toBeGreaterThan(0.6);
  });

  test('without Redis each gives its whole quota, and asking takes no longer', async () => {
    const replicas = await Promise.all([1, 2].map(() => openReplica('alone', 'redis://127.0.0.1:1')));
    const { total, alone, slowShare } = await drain(replicas);
    expect(total / alone).toBeGreaterThan(1.8);
    // Two quotas that are asked a moment later may each have one more.
    expect(total).toBeLessThanOrEqual(2 * (alone + 1));
    // A busy machine interrupts a few of many; a wait for Redis would delay all.
    expect(slowShare).toBeLessThan(0.01);
  });

  test('a report that fails is tried again ever more seldom, and then has all usage since', async () => {
    const clock = { ms: 0 };
    const now = () => clock.ms;
    const quota = createQuota({ perSecond: 1, burst: 40, now });
    const reports: { atMs: number; count: number }[] = [];
    let isAway = true;
    const takeTokens = async (_key: string, count: number) => {
      reports.push({ atMs: clock.ms, count });
      return isAway ? null : 40 - count;
    };
    const reportUsage = createUsageReport({ quota, prefix: 'quota:partner:1:', cache: { takeTokens }, now });
    const elapse = async (ms: number) => {
      for (const untilMs = clock.ms + ms; clock.ms < untilMs; clock.ms += 100) await reportUsage();
    };
    quota.take('customer', 3);
    await elapse(10_000);
    expect(reports.map(({ atMs }) => atMs)).toEqual([0, 100, 300, 700, 1500, 3100, 5100, 7100, 9100]);
    quota.take('customer', 2);
    isAway = false;
    await elapse(2000);
    expect(reports.slice(9)).toEqual([{ atMs: 11_100, count: 5 }]);
    quota.take('customer', 1);
    await elapse(100);
    expect(reports.at(-1)).toEqual({ atMs: 12_000, count: 1 });
    isAway = true;
    quota.take('customer', 1);
    await elapse(600_000);
    // By then it is as if nothing had been taken.
    expect(reports.at(-1)?.atMs).toBeLessThan(12_100 + 80_000);
  });

  test('what was taken while Redis was frozen does not lock the customer out afterwards', async () => {
    const redis = await startEngine('redis');
    const replica = await openReplica('frozen', redis.url);
    await eventually('redis is connected', () => replica.cache.ping().then(() => true));
    freeze(redis.pid);
    await drain([replica]);
    redis.kill('SIGCONT');
    await eventually('the usage is reported', () => Promise.resolve(replica.quota.unreported().length === 0));
    expect(replica.quota.secondsUntilFree('customer')).toBeLessThan(RATE.burst / RATE.perSecond + 0.1);
  });
});
