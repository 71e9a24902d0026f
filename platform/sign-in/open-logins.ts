import { shareQuota, type SharedBuckets } from '../data/shared-quota.ts';
import { type ConfigOf, integer } from '../kernel/config.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { createQuota, type Quota } from '../resilience/quota.ts';
import { createLoginLimits, type LoginLimits } from './login-limits.ts';

export const LOGIN_VARIABLES = {
  /** Wrong passwords a minute that an address may try for one account, and for all of them. */
  LOGIN_GUESSES_PER_ACCOUNT: integer(10, 1, 100_000),
  LOGIN_GUESSES_PER_ADDRESS: integer(100, 1, 1_000_000),
  /** Passwords checked at once, and those that may wait for it. */
  LOGINS_AT_ONCE: integer(2, 1, 64),
  LOGINS_WAITING_MAX: integer(128, 1, 10_000),
};

/** Opens the limits of guesses, which all replicas share under `name`. */
export function openLoginLimits<Name extends string>(
  name: Name,
  config: Pick<ConfigOf<typeof LOGIN_VARIABLES>, 'LOGIN_GUESSES_PER_ACCOUNT' | 'LOGIN_GUESSES_PER_ADDRESS'>,
  {
    cache,
    lifecycle,
  }: { cache: SharedBuckets<`quota:${Name}:` | `quota:${Name}-address:`>; lifecycle: Lifecycle },
): LoginLimits {
  const open = (prefix: `quota:${Name}:` | `quota:${Name}-address:`, perMinute: number) =>
    openQuotaPerMinute(prefix, perMinute, { cache, lifecycle });
  return createLoginLimits({
    account: open(`quota:${name}:`, config.LOGIN_GUESSES_PER_ACCOUNT),
    address: open(`quota:${name}-address:`, config.LOGIN_GUESSES_PER_ADDRESS),
  });
}

/** Opens a quota that all replicas share under `prefix`: so many at once, and as many a minute. */
export function openQuotaPerMinute<Prefix extends string>(
  prefix: Prefix,
  perMinute: number,
  { cache, lifecycle }: { cache: SharedBuckets<NoInfer<Prefix>>; lifecycle: Lifecycle },
): Quota {
  const quota = createQuota({ burst: perMinute, perSecond: perMinute / 60 });
  shareQuota({ quota, prefix, cache, lifecycle });
  return quota;
}
