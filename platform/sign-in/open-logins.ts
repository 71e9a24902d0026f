import { shareQuota, type SharedBuckets } from '../data/shared-quota.ts';
import { type ConfigOf, integer } from '../kernel/config.ts';
import type { Lifecycle } from '../kernel/lifecycle.ts';
import { createQuota } from '../resilience/quota.ts';
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
  const openQuota = (prefix: `quota:${Name}:` | `quota:${Name}-address:`, perMinute: number) => {
    const quota = createQuota({ burst: perMinute, perSecond: perMinute / 60 });
    shareQuota({ quota, prefix, cache, lifecycle });
    return quota;
  };
  return createLoginLimits({
    account: openQuota(`quota:${name}:`, config.LOGIN_GUESSES_PER_ACCOUNT),
    address: openQuota(`quota:${name}-address:`, config.LOGIN_GUESSES_PER_ADDRESS),
  });
}
