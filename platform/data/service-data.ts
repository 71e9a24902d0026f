import type { Hold } from '../kernel/hold.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import type { Logger } from '../kernel/log.ts';
import type { Metrics } from '../kernel/metrics.ts';
import { type Cache, openCache } from './cache.ts';
import type { CacheUser } from './cache-keys.ts';
import { type Database, openDatabase, type Planning } from './sql.ts';

/** Opens the database of a service, until its process ends. */
export function openServiceDatabase(
  name: string,
  config: { DATABASE_URL: string; DATABASE_SESSION_URL?: string | null; SQL_POOL_SIZE: number },
  { log, lifecycle, hold }: { log: Logger; lifecycle: Lifecycle; hold: Hold },
  planning: Planning = {},
): Database {
  const database = openDatabase({
    url: config.DATABASE_URL,
    sessionUrl: config.DATABASE_SESSION_URL ?? null,
    name,
    poolSize: config.SQL_POOL_SIZE,
    ...planning,
    log,
    hold,
  });
  lifecycle.onClose(`${name} database`, database.close);
  return database;
}

/** Opens the cache of a service, until its process ends. */
export function openServiceCache<User extends CacheUser>(
  name: User,
  config: { REDIS_URL: string },
  { log, metrics, lifecycle }: { log: Logger; metrics: Metrics; lifecycle: Lifecycle },
): Cache<User> {
  const cache = openCache<User>({ url: config.REDIS_URL, log, metrics });
  lifecycle.onClose(`${name} cache`, cache.close);
  return cache;
}
