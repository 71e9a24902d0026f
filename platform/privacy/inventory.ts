import { BOOKKEEPING_TABLES } from './bookkeeping-tables.ts';
import { CACHE_USES, type CacheKey } from '../data/cache-keys.ts';
import { CACHE_CONTENT, FILES, LOG_FIELDS, STREAMS } from './elsewhere.ts';
import type { TableHolding } from './holding.ts';
import { OPERATOR_TABLES } from './operator-tables.ts';
import { TABLES } from './tables.ts';

/**
 * THE inventory of personal data. A table, column, topic or log field that is not in it fails
 * `inventory.test.ts`, a cache key the compiler; docs/privacy.md shows it; exports and erasures are made of
 * it.
 */
export const INVENTORY = {
  tables: [...TABLES, ...BOOKKEEPING_TABLES, ...OPERATOR_TABLES],
  streams: STREAMS,
  cacheKeys: CACHE_CONTENT,
  logFields: LOG_FIELDS,
  files: FILES,
} as const;

export type CustomerTable = TableHolding & { owner: NonNullable<TableHolding['owner']> };

/** The tables with rows of customers, in the order of an erasure. */
export const CUSTOMER_TABLES = INVENTORY.tables.filter(
  (holding): holding is CustomerTable => holding.owner !== null,
);

/** The cache keys that name a customer. */
export function cacheKeysOf(userId: string): CacheKey<'privacy', 'remove'>[] {
  return CACHE_USES.filter(({ user }) => user === 'privacy').map(
    ({ prefix }) => `${prefix}${userId}` as CacheKey<'privacy', 'remove'>,
  );
}
