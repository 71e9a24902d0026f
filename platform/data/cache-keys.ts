/** A method of the cache that touches keys. */
export type CacheVerb = 'get' | 'set' | 'claim' | 'remove' | 'setAbsent' | 'takeTokens';

/** A service with a user of its own in Redis. */
export type CacheUser =
  | 'gateway'
  | 'emotion-ingestion'
  | 'transaction-ingestion'
  | 'credit'
  | 'back-office'
  | 'privacy';

/**
 * THE catalogue of keys in Redis: each prefix, and the methods by which each service uses keys that begin
 * with it. A cache takes no other key, the users of deploy/redis/start.sh are made of it, and the inventory
 * of personal data has an entry for each prefix. A key that `privacy` removes ends with a customer's id.
 */
export const CACHE_KEYS = {
  'analysis:': { credit: ['get', 'set'], privacy: ['remove'] },
  'analysis-flight:': { credit: ['claim', 'remove'], privacy: ['remove'] },
  'quota:user:': { gateway: ['takeTokens'], privacy: ['remove'] },
  'quota:key:': { gateway: ['takeTokens'] },
  'quota:partner:': { gateway: ['takeTokens'] },
  'quota:login:': { credit: ['takeTokens'] },
  'quota:login-address:': { credit: ['takeTokens'] },
  'quota:registration-address:': { credit: ['takeTokens'] },
  'quota:partner-login:': { credit: ['takeTokens'] },
  'quota:partner-login-address:': { credit: ['takeTokens'] },
  'quota:operator-login:': { 'back-office': ['takeTokens'] },
  'quota:operator-login-address:': { 'back-office': ['takeTokens'] },
  'event-key:emotions:': { 'emotion-ingestion': ['setAbsent'] },
  'event-key:transactions:': { 'transaction-ingestion': ['setAbsent'] },
} as const satisfies Record<`${string}:`, Partial<Record<CacheUser, readonly CacheVerb[]>>>;

type Catalogue = typeof CACHE_KEYS;
export type CachePrefix = keyof Catalogue;

/** A key with which a service may do so; of several services, one with which any of them may. */
export type CacheKey<User extends CacheUser, Verb extends CacheVerb> = User extends CacheUser
  ? {
      [Prefix in CachePrefix]: Catalogue[Prefix] extends Record<User, readonly (infer Allowed)[]>
        ? Verb extends Allowed
          ? `${Prefix}${string}`
          : never
        : never;
    }[CachePrefix]
  : never;

/** Each use of the catalogue. */
export const CACHE_USES = (Object.keys(CACHE_KEYS) as CachePrefix[]).flatMap((prefix) =>
  (Object.entries(CACHE_KEYS[prefix]) as [CacheUser, readonly CacheVerb[]][]).flatMap(([user, verbs]) =>
    verbs.map((verb) => ({ prefix, user, verb })),
  ),
);
