import type { Cache } from '../../../platform/data/cache.ts';
import type { Keys } from '../../../platform/http/principal.ts';
import { type ConfigOf, integer } from '../../../platform/kernel/config.ts';
import type { Lifecycle } from '../../../platform/kernel/lifecycle.ts';
import {
  LOGIN_VARIABLES,
  openLoginLimits,
  openQuotaPerMinute,
} from '../../../platform/sign-in/open-logins.ts';
import { createPasswords } from '../../../platform/sign-in/passwords.ts';
import { createEraseAccount } from './erase-account.ts';
import { createSignIn } from './sign-in.ts';

export const ACCOUNT_VARIABLES = {
  ...LOGIN_VARIABLES,
  /** Passwords of registrations that are hashed at once, and those that may wait for it. */
  REGISTRATIONS_AT_ONCE: integer(1, 1, 64),
  REGISTRATIONS_WAITING_MAX: integer(128, 1, 10_000),
  /** Registrations a minute from one address. */
  REGISTRATIONS_PER_ADDRESS: integer(600, 1, 1_000_000),
};

type Erasure = Omit<Parameters<typeof createEraseAccount>[0], 'passwords' | 'loginLimits'>;

/** Opens registration, login and the end of an account, with the limits that bound them. */
export function openAccounts(
  config: ConfigOf<typeof ACCOUNT_VARIABLES>,
  deps: { cache: Cache<'credit'>; keys: Keys; lifecycle: Lifecycle } & Erasure,
) {
  const { cache, keys, lifecycle, ...erasure } = deps;
  const { database } = erasure;
  const shared = { cache, lifecycle };
  const passwords = createPasswords({
    logins: { atOnce: config.LOGINS_AT_ONCE, waitingMax: config.LOGINS_WAITING_MAX },
    registrations: { atOnce: config.REGISTRATIONS_AT_ONCE, waitingMax: config.REGISTRATIONS_WAITING_MAX },
  });
  const loginLimits = openLoginLimits('login', config, shared);
  const registrations = openQuotaPerMinute(
    'quota:registration-address:',
    config.REGISTRATIONS_PER_ADDRESS,
    shared,
  );
  return {
    loginLimits,
    signIn: createSignIn({ database, passwords, tokens: keys.tokens, registrations }),
    eraseAccount: createEraseAccount({ ...erasure, passwords, loginLimits }),
  };
}
