import { type Endpoint, NDJSON_TYPE } from '../../sdk/contracts/endpoint.ts';
import { LIMITS } from '../../sdk/contracts/limits.ts';
import { problem } from '../../platform/kernel/errors.ts';
import type { Quota } from '../../platform/resilience/quota.ts';
import type { Principal } from '../../platform/http/principal.ts';

/** The quota of a principal, reported with every response. */
export interface RateLimits {
  /** Null for an anonymous principal. */
  of(principal: Principal): RateLimit | null;
}

interface RateLimit {
  /**
   * Takes a request, before its body is read; no batch before the announced `Retry-After` of the last
   * rejected one. Throws AppError 429.
   */
  take(endpoint: Endpoint): void;
  /** Takes the further cost of a request. Throws AppError 429. */
  takeMore(cost: number): void;
  /** As draft-ietf-httpapi-ratelimit-headers-10: q the burst, w seconds to fill it; r left, t until full. */
  report(headers: Headers): void;
}

const UNIT_BYTES = 1024;
const LINE_FEED = 0x0a;

/**
 * `user`: each customer, and each operator, by itself; `key`: all that comes with the platform's own key;
 * `partner`: each by itself, at the rate that its token names.
 */
export function createRateLimits(quotas: {
  user: Quota;
  key: Quota;
  partner: (perSecond: number) => Quota;
}): RateLimits {
  const limits = { user: createLimit('user', quotas.user), key: createLimit('key', quotas.key) };
  const partners = new Map<number, ReturnType<typeof createLimit>>();
  /** One quota a rate: operators set the rates, so they are few. */
  const partnerLimit = (perSecond: number) => {
    const limit = partners.get(perSecond) ?? createLimit('partner', quotas.partner(perSecond));
    partners.set(perSecond, limit);
    return limit;
  };
  return {
    of(principal) {
      if (principal.kind === 'customer') return limits.user(principal.userId);
      if (principal.kind === 'operator') return limits.user(`operator ${principal.name}`);
      if (principal.kind === 'partner') return partnerLimit(principal.eventsPerSecond)(principal.id);
      return principal.kind === 'internal' ? limits.key('internal') : null;
    },
  };
}

function createLimit(name: 'user' | 'key' | 'partner', quota: Quota): (key: string) => RateLimit {
  const { burst, perSecond } = quota.rate;
  const policy = `"${name}";q=${burst};w=${Math.ceil(burst / perSecond)}`;
  const reject = (retryAfterSeconds: number, headers: Record<string, string> = {}) => {
    throw problem('quota_exceeded', {
      detail: `Too many requests or events for this ${name}.`,
      retryAfterSeconds,
      headers,
    });
  };
  return (key) => ({
    take(endpoint) {
      const barredSeconds = isBatch(endpoint) ? quota.secondsBarred(key) : 0;
      // The body stays unread: reading a megabyte to reject it would cost as much as taking it.
      if (barredSeconds > 0) reject(barredSeconds, { connection: 'close' });
      const waitSeconds = quota.take(key);
      if (waitSeconds > 0) reject(waitSeconds);
    },
    takeMore(cost) {
      // control: quota-of-events
      if (cost === 1 || quota.take(key, cost - 1) === 0) return;
      // The same request again pays for its first token once more.
      const waitSeconds = quota.secondsUntilFree(key, cost) + 1 / perSecond;
      quota.bar(key, waitSeconds);
      reject(waitSeconds);
    },
    report(headers) {
      const { tokens, fullInSeconds } = quota.left(key);
      headers.set('ratelimit-policy', policy);
      headers.set('ratelimit', `"${name}";r=${tokens};t=${Math.ceil(fullInSeconds)}`);
    },
  });
}

/**
 * Returns the cost of a request: one for each of its events, and for each KiB of its body where that is
 * more.
 */
export function costOf(endpoint: Endpoint, body: Uint8Array | null): number {
  if (body === null) return 1;
  const ofBytes = Math.ceil(body.byteLength / UNIT_BYTES);
  return isBatch(endpoint) ? Math.max(ofBytes, countLines(body)) : ofBytes;
}

function isBatch({ body }: Endpoint): boolean {
  return body?.contentType === NDJSON_TYPE;
}

/** Counts the lines, at most as many as are taken of a batch. */
function countLines(body: Uint8Array): number {
  let lines = 1;
  for (let at = body.indexOf(LINE_FEED); at !== -1 && lines < LIMITS.batchLinesMax; lines += 1) {
    at = body.indexOf(LINE_FEED, at + 1);
  }
  return lines;
}
