import { startLoop } from '../kernel/loop.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import type { Quota, Rate } from '../resilience/quota.ts';
import { monotonicMs } from '../kernel/monotonic-ms.ts';

/**
 * One quota for all replicas. Each decides by its own buckets, so that no request waits for Redis; ten times
 * a second each reports its usage to Redis and learns the shared rest. A key may run ahead by 1 % of a burst
 * and a tenth of a second's worth for each other replica, and pays it back by waiting longer. Without Redis
 * each replica grants the whole quota by itself; reports that fail are tried again, less and less often.
 */
const EVERY_MS = 100;
const RETRY_MS_MAX = 2000;
/** Reported at once, at most, so that many keys are no burst of work. */
const KEYS_AT_ONCE = 1000;

/** A cache that may take tokens of the keys with this prefix. */
export interface SharedBuckets<Prefix extends string> {
  takeTokens: (key: `${Prefix}${string}`, count: number, rate: Rate) => Promise<number | null>;
}

interface Sharing<Prefix extends string> {
  quota: Quota;
  /** Of its keys in Redis. */
  prefix: Prefix;
  cache: SharedBuckets<NoInfer<Prefix>>;
}

export function shareQuota<Prefix extends string>(sharing: Sharing<Prefix> & { lifecycle: Lifecycle }): void {
  const { prefix, lifecycle } = sharing;
  const reportUsage = createUsageReport(sharing);
  startLoop({ name: `reports of ${prefix}`, everyMs: EVERY_MS, lifecycle, work: reportUsage });
}

/** Returns a function that reports the unreported usage, unless a report failed a short time ago. */
export function createUsageReport<Prefix extends string>(
  sharing: Sharing<Prefix> & { now?: () => number },
): () => Promise<void> {
  const { quota, prefix, cache, now = monotonicMs } = sharing;
  let retryMs = 0;
  let pausedUntilMs = 0;

  const report = async ({ key, taken }: { key: string; taken: number }): Promise<boolean> => {
    // Most of the usage during an outage of Redis has flowed back since.
    const owed = Math.min(taken, quota.rate.burst);
    const rest = await cache.takeTokens(`${prefix}${key}`, owed, quota.rate);
    if (rest !== null) quota.reconcile(key, taken, rest);
    return rest !== null;
  };
  return async () => {
    if (now() < pausedUntilMs) return;
    const reports = await Promise.all(quota.unreported().slice(0, KEYS_AT_ONCE).map(report));
    retryMs = reports.includes(false) ? Math.min(RETRY_MS_MAX, Math.max(EVERY_MS, 2 * retryMs)) : 0;
    pausedUntilMs = now() + retryMs;
  };
}
