import type { Cache } from './cache.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { startLoop } from '../kernel/loop.ts';
import type { Quota } from '../resilience/quota.ts';

/**
 * One quota for all replicas. Each decides by its own buckets, so that no request waits for Redis; ten times
 * a second each reports its usage to Redis and learns the shared rest. A key may run ahead by 1 % of a burst
 * and a tenth of a second's worth for each other replica, and pays it back by waiting longer. Without Redis
 * each replica grants the whole quota by itself.
 */
const EVERY_MS = 100;
/** Reported at once, at most, so that many keys are no burst of work. */
const KEYS_AT_ONCE = 1000;

export function shareQuota(deps: { quota: Quota; name: string; cache: Cache; lifecycle: Lifecycle }): void {
  const { quota, name, cache, lifecycle } = deps;

  const report = async ({ key, taken }: { key: string; taken: number }): Promise<void> => {
    // Most of the usage during an outage of Redis has flowed back since.
    const owed = Math.min(taken, quota.rate.burst);
    const rest = await cache.takeTokens(`quota:${name}:${key}`, owed, quota.rate);
    if (rest !== null) quota.reconcile(key, taken, rest);
  };
  startLoop({
    name: `${name} quota`,
    everyMs: EVERY_MS,
    lifecycle,
    work: () => Promise.all(quota.unreported().slice(0, KEYS_AT_ONCE).map(report)),
  });
}
