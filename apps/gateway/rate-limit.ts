import { AppError } from '../../platform/errors.ts';
import type { Quota } from '../../platform/quota.ts';
import type { Caller } from '../../platform/request.ts';

/** What a caller may ask, and is told of it with every answer. */
export interface RateLimits {
  /** Null for a caller without a name. */
  of(caller: Caller): RateLimit | null;
}

export interface RateLimit {
  /** Throws AppError 429. */
  take(): void;
  /** As draft-ietf-httpapi-ratelimit-headers-10: q the burst, w seconds to fill it; r left, t until full. */
  tell(headers: Headers): void;
}

/** `user`: each customer by itself; `key`: all that comes with the platform's own key. */
export function createRateLimits(quotas: { user: Quota; key: Quota }): RateLimits {
  const limits = { user: createLimit('user', quotas.user), key: createLimit('key', quotas.key) };
  return {
    of(caller) {
      if (caller.kind === 'customer') return limits.user(caller.userId);
      return caller.kind === 'internal' ? limits.key('internal') : null;
    },
  };
}

function createLimit(name: 'user' | 'key', quota: Quota): (key: string) => RateLimit {
  const { burst, perSecond } = quota.rate;
  const policy = `"${name}";q=${burst};w=${Math.ceil(burst / perSecond)}`;
  return (key) => ({
    take() {
      const waitSeconds = quota.take(key);
      if (waitSeconds === 0) return;
      throw new AppError(429, 'quota_exceeded', `Too many requests for this ${name}.`, {
        retryAfterSeconds: waitSeconds,
      });
    },
    tell(headers) {
      const { tokens, fullInSeconds } = quota.left(key);
      headers.set('ratelimit-policy', policy);
      headers.set('ratelimit', `"${name}";r=${tokens};t=${Math.ceil(fullInSeconds)}`);
    },
  });
}
