import { createHash } from 'node:crypto';
import type { TSchema, Static } from '@sinclair/typebox';
import { TypeCompiler } from '@sinclair/typebox/compiler';
import { Redis, ReplyError } from 'ioredis';
import { NO_REDIS, readRedisUrl } from '../addresses/redis.ts';
import { withDeadline } from '../kernel/lifecycle.ts';
import type { Logger } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import type { Rate } from '../resilience/quota.ts';
import type { CacheKey, CacheUser } from './cache-keys.ts';
import { CACHE_SCRIPTS } from './cache-scripts.ts';
import { monotonicMs } from '../kernel/monotonic-ms.ts';

/**
 * A cache that is never needed: in any state of Redis a read is a value or a miss and a write is done or
 * not, each within 50 ms, and nothing here throws. After 3 failures in a row Redis is bypassed for a second;
 * a refused command is a miss by itself, since Redis responds, and so is each one while it refuses the user.
 * A cache takes the keys that cache-keys.ts has for its service, and no others.
 */
export interface Cache<User extends CacheUser> {
  /** A cached value of this schema; anything else that stands under the key is a miss. */
  typed: <Schema extends TSchema>(schema: Schema) => TypedCache<User, Static<Schema>>;
  /** Whether the keys are gone: not where Redis did not respond, or refused. */
  remove: (keys: CacheKey<User, 'remove'>[]) => Promise<boolean>;
  /**
   * Whether the key was free; then it is ours for so long, or until removed. A hint that saves work,
   * no lock: without Redis every claim succeeds.
   */
  claim: (key: CacheKey<User, 'claim'>, ttlMs: number) => Promise<boolean>;
  /**
   * Sets each key that is not set yet, all in one round trip; returns the previous value of each, or null
   * without Redis.
   */
  setAbsent: (
    entries: { key: CacheKey<User, 'setAbsent'>; value: string }[],
    ttlSeconds: number,
  ) => Promise<(string | null)[] | null>;
  /**
   * Takes from a bucket that all replicas share; returns the rest, below 0 for a debt; null without Redis.
   */
  takeTokens: (key: CacheKey<User, 'takeTokens'>, count: number, rate: Rate) => Promise<number | null>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

interface TypedCache<User extends CacheUser, Value> {
  get: (key: CacheKey<User, 'get'>) => Promise<Value | null>;
  set: (key: CacheKey<User, 'set'>, value: Value, ttlSeconds: number) => Promise<void>;
}

const RESPONSE_MS = 50;
const FAILURES_MAX = 3;
const BYPASS_MS = 1000;
/** A refusal stays until somebody changes something: one line of many. */
const REFUSAL_LOG_MS = 60_000;
const hashOf = (script: string) => createHash('sha1').update(script).digest('hex');
const SCRIPT_HASHES = {
  setAbsent: hashOf(CACHE_SCRIPTS.setAbsent),
  takeTokens: hashOf(CACHE_SCRIPTS.takeTokens),
};

export function openCache<User extends CacheUser>(options: {
  url: string;
  log: Logger;
  metrics: Metrics;
  now?: () => number;
}): Cache<User> {
  if (options.url === NO_REDIS) return NO_CACHE;
  const { log, metrics } = options;
  const redis = new Redis({
    ...readRedisUrl(options.url),
    enableOfflineQueue: false,
    // No user has the right to CLIENT.
    disableClientInfo: true,
    maxRetriesPerRequest: 0,
    // Commands of one turn of the event loop go in one write.
    enableAutoPipelining: true,
    connectTimeout: 1000,
    retryStrategy: retrySoon,
    sentinelRetryStrategy: retrySoon,
  });
  let refusal: Error | null = null;
  // Without a listener a lost connection would be an unhandled error.
  redis.on('error', (error: Error) => {
    refusal = isRefusal(error) ? error : null;
    log.debug({ error: error.message }, 'redis');
  });
  redis.on('ready', () => {
    refusal = null;
  });

  const ask = createRunner({
    ...options,
    refusalOf: (error) => (isRefusal(error) ? error : refusal),
  });
  const run = async <T>(command: () => Promise<T>): Promise<{ value: T } | null> => {
    const result = await ask(command);
    if (result) metrics.redisCommands.inc({ outcome: 'done' });
    return result;
  };
  return {
    typed(schema) {
      const check = TypeCompiler.Compile(schema);
      return {
        async get(key) {
          const result = await ask(() => redis.get(key));
          if (!result) return null;
          const value = parse(result.value);
          const hit = value !== null && check.Check(value);
          metrics.redisCommands.inc({ outcome: hit ? 'hit' : 'miss' });
          return hit ? value : null;
        },
        async set(key, value, ttlSeconds) {
          await run(() => redis.set(key, JSON.stringify(value), 'EX', ttlSeconds));
        },
      };
    },
    async remove(keys) {
      return keys.length === 0 || (await run(() => redis.del(...keys))) !== null;
    },
    async claim(key, ttlMs) {
      const result = await run(() => redis.set(key, '1', 'PX', ttlMs, 'NX'));
      return result === null || result.value === 'OK';
    },
    async setAbsent(entries, ttlSeconds) {
      const keys = entries.map(({ key }) => key);
      const values = entries.map(({ value }) => value);
      const result = await run(() => runScript(redis, 'setAbsent', keys, [ttlSeconds, ...values]));
      return (result?.value as (string | null)[] | undefined) ?? null;
    },
    async takeTokens(key, count, { perSecond, burst }) {
      const result = await run(() => runScript(redis, 'takeTokens', [key], [count, perSecond, burst]));
      return result === null ? null : Number(result.value);
    },
    async ping() {
      await withDeadline(redis.ping(), 500, 'redis did not respond');
    },
    async close() {
      redis.disconnect();
    },
  };
}

const isRefusal = (error: unknown): error is Error => error instanceof ReplyError;

/** Names the script first, and sends it to a server that lacks it and lets us. */
async function runScript(
  redis: Redis,
  name: keyof typeof CACHE_SCRIPTS,
  keys: string[],
  values: (string | number)[],
): Promise<unknown> {
  try {
    return await redis.evalsha(SCRIPT_HASHES[name], keys.length, ...keys, ...values);
  } catch (error) {
    if (!(isRefusal(error) && error.message.startsWith('NOSCRIPT'))) throw error;
    return await redis.eval(CACHE_SCRIPTS[name], keys.length, ...keys, ...values);
  }
}

/** Returns a function that runs a command of Redis, and returns null where it did not respond, or refused. */
function createRunner(options: {
  log: Logger;
  metrics: Metrics;
  now?: () => number;
  /** The response of Redis that refused a command which failed, or its user; null where there was none. */
  refusalOf: (error: unknown) => Error | null;
}) {
  const { log, metrics, now = monotonicMs, refusalOf } = options;
  let failures = 0;
  let bypassedUntil = 0;
  let refusalLogMs = -Infinity;

  /** Without the right to a key, for example. */
  const noteRefusal = (error: Error) => {
    failures = 0;
    metrics.redisCommands.inc({ outcome: 'refused' });
    if (now() - refusalLogMs < REFUSAL_LOG_MS) return;
    refusalLogMs = now();
    log.warn({ error: String(error) }, 'redis refuses a command: done without');
  };

  return async <T>(command: () => Promise<T>): Promise<{ value: T } | null> => {
    if (now() < bypassedUntil) {
      metrics.redisCommands.inc({ outcome: 'bypassed' });
      return null;
    }
    try {
      const value = await withDeadline(command(), RESPONSE_MS, 'redis did not respond');
      failures = 0;
      return { value };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal) {
        noteRefusal(refusal);
        return null;
      }
      failures += 1;
      metrics.redisCommands.inc({ outcome: 'failed' });
      if (failures >= FAILURES_MAX) {
        failures = 0;
        bypassedUntil = now() + BYPASS_MS;
        log.warn({ error: String(error) }, 'redis does not respond: bypassed for a second');
      }
      return null;
    }
  };
}

/** As with a Redis that never responds, without asking. */
const NO_CACHE: Cache<CacheUser> = {
  typed: () => ({ get: async () => null, set: async () => {} }),
  remove: async () => true,
  claim: async () => true,
  setAbsent: async () => null,
  takeTokens: async () => null,
  ping: async () => {},
  close: async () => {},
};

function retrySoon(attempt: number): number {
  return Math.min(attempt * 100, 1000);
}

function parse(text: string | null): unknown {
  if (text === null) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
