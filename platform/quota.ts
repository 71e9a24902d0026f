/**
 * Token buckets by key: each holds `burst` tokens and refills at `perSecond`. Bounded: the key that was used
 * longest ago is forgotten first, which at worst forgives it.
 */
export interface Quota {
  /** Takes one token; the seconds to wait when there is none, else 0. */
  take(key: string): number;
  /** Whether a token is there, without taking it. */
  secondsUntilFree(key: string): number;
}

const KEYS_MAX = 100_000;

export function createQuota(options: { perSecond: number; burst: number; now?: () => number }): Quota {
  const now = options.now ?? Date.now;
  const buckets = new Map<string, { tokens: number; atMs: number }>();

  const refill = (key: string) => {
    const atMs = now();
    const bucket = buckets.get(key) ?? { tokens: options.burst, atMs };
    const gained = ((atMs - bucket.atMs) / 1000) * options.perSecond;
    return { tokens: Math.min(options.burst, bucket.tokens + gained), atMs };
  };
  const wait = (tokens: number) => (tokens >= 1 ? 0 : (1 - tokens) / options.perSecond);

  return {
    take(key) {
      const bucket = refill(key);
      const seconds = wait(bucket.tokens);
      if (seconds === 0) bucket.tokens -= 1;
      // Set anew, so that the map's order is the order of use.
      buckets.delete(key);
      buckets.set(key, bucket);
      if (buckets.size > KEYS_MAX) {
        const oldest = buckets.keys().next().value;
        if (oldest !== undefined) buckets.delete(oldest);
      }
      return seconds;
    },
    secondsUntilFree: (key) => wait(refill(key).tokens),
  };
}
