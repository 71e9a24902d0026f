import { problem } from '../kernel/errors.ts';
import { monotonicMs } from '../kernel/monotonic-ms.ts';

/**
 * Token buckets by key: each holds `burst` tokens and refills at `perSecond`. Bounded: the key that was used
 * longest ago is forgotten first, which at worst forgives it.
 *
 * A quota decides by itself, at once. Replicas share theirs behind its back, see shared-quota.ts.
 */
export interface Quota {
  /**
   * Takes `count` tokens, 1 by default; returns the seconds to wait when they are not there, else 0. More
   * than half a burst needs half a burst and leaves a debt, of half a burst at most: nothing is too large for
   * ever.
   */
  take(key: string, count?: number): number;
  /** Returns a token that was taken; a bucket never holds more than a burst. */
  giveBack(key: string): void;
  /** Returns the seconds until so many are there, without taking them. */
  secondsUntilFree(key: string, count?: number): number;
  /** Holds a key to its announced wait, before a request that would cost much is read. */
  bar(key: string, seconds: number): void;
  secondsBarred(key: string): number;
  /** The figures for a principal: whole tokens left, and the seconds until all are back. */
  left(key: string): { tokens: number; fullInSeconds: number };
  /**
   * Usage that the other replicas do not know yet, of keys where it is worth reporting. That of a key without
   * use for so long that any bucket is full again is forgotten: it no longer makes a difference.
   */
  unreported(): { key: string; taken: number }[];
  /** Sets the shared rest of a bucket, after `taken` of ours was reported. */
  reconcile(key: string, taken: number, tokensLeft: number): void;
  readonly rate: Rate;
}

export interface Rate {
  perSecond: number;
  burst: number;
}

interface Bucket {
  tokens: number;
  atMs: number;
  takenAtMs: number;
  unreported: number;
  barredUntilMs: number;
}

const KEYS_MAX = 100_000;
/** Of a burst: less is not worth reporting. */
const LEAST_SHARE = 0.01;

export function createQuota(options: Rate & { now?: () => number }): Quota {
  const { perSecond, burst } = options;
  const now = options.now ?? monotonicMs;
  const buckets = new Map<string, Bucket>();
  const reportFrom = Math.max(1, burst * LEAST_SHARE);
  const toReport = new Set<string>();
  /** The shared bucket may have a debt of a burst. */
  const refillMs = (2 * burst * 1000) / perSecond;

  const refill = (key: string): Bucket => {
    const atMs = now();
    const bucket = buckets.get(key) ?? {
      tokens: burst,
      atMs,
      takenAtMs: atMs,
      unreported: 0,
      barredUntilMs: atMs,
    };
    const gained = ((atMs - bucket.atMs) / 1000) * perSecond;
    bucket.tokens = Math.min(burst, bucket.tokens + gained);
    bucket.atMs = atMs;
    return bucket;
  };
  const secondsUntil = (tokens: number, count: number) => {
    const needed = Math.min(count, Math.max(1, burst / 2));
    return tokens >= needed ? 0 : (needed - tokens) / perSecond;
  };
  /** Set anew, so that the map's order is the order of use. */
  const keep = (key: string, bucket: Bucket) => {
    buckets.delete(key);
    buckets.set(key, bucket);
    if (buckets.size <= KEYS_MAX) return;
    const oldest = buckets.keys().next().value;
    if (oldest === undefined) return;
    buckets.delete(oldest);
    toReport.delete(oldest);
  };

  return {
    rate: { perSecond, burst },
    take(key, count = 1) {
      const bucket = refill(key);
      const seconds = secondsUntil(bucket.tokens, count);
      if (seconds === 0) {
        const tokens = Math.min(count, burst);
        bucket.tokens -= tokens;
        bucket.unreported += tokens;
        bucket.takenAtMs = bucket.atMs;
        if (bucket.unreported >= reportFrom) toReport.add(key);
      }
      keep(key, bucket);
      return seconds;
    },
    giveBack(key) {
      const bucket = refill(key);
      bucket.tokens = Math.min(burst, bucket.tokens + 1);
      bucket.unreported -= 1;
      keep(key, bucket);
    },
    secondsUntilFree: (key, count = 1) => secondsUntil(refill(key).tokens, count),
    bar(key, seconds) {
      const bucket = buckets.get(key);
      if (bucket) bucket.barredUntilMs = now() + seconds * 1000;
    },
    secondsBarred: (key) => Math.max(0, ((buckets.get(key)?.barredUntilMs ?? 0) - now()) / 1000),
    left(key) {
      const { tokens } = refill(key);
      return { tokens: Math.max(0, Math.floor(tokens)), fullInSeconds: (burst - tokens) / perSecond };
    },
    unreported() {
      const since = now() - refillMs;
      for (const key of toReport) {
        const bucket = buckets.get(key);
        if (!bucket || bucket.takenAtMs > since) continue;
        bucket.unreported = 0;
        toReport.delete(key);
      }
      return Array.from(toReport, (key) => ({ key, taken: buckets.get(key)?.unreported ?? 0 }));
    },
    reconcile(key, taken, tokensLeft) {
      const bucket = buckets.get(key);
      if (!bucket) return;
      bucket.unreported -= taken;
      if (bucket.unreported < reportFrom) toReport.delete(key);
      // Usage since then is not in the shared count yet.
      bucket.tokens = Math.min(burst, tokensLeft - bucket.unreported);
      bucket.atMs = now();
    },
  };
}

/** Takes a token of a key. Throws AppError 429 `quota_exceeded`, with the wait, when there is none. */
export function requireQuota(quota: Quota, key: string, detail?: string): void {
  const retryAfterSeconds = quota.take(key);
  if (retryAfterSeconds > 0) {
    throw problem('quota_exceeded', { retryAfterSeconds, ...(detail === undefined ? {} : { detail }) });
  }
}
