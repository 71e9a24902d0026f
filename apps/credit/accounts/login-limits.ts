import { createHash } from 'node:crypto';
import { emailKey } from '../../../sdk/contracts/email.ts';
import type { ClientAddress } from '../../../platform/http/client-address.ts';
import { AppError } from '../../../platform/kernel/errors.ts';
import type { Quota } from '../../../platform/resilience/quota.ts';

/**
 * Bounds guesses of passwords: of one account from one address, and of all accounts from one address. No
 * limit is of an account alone: nobody locks its owner out from elsewhere. A token is taken before the
 * password is checked, so that guesses at the same time count, and given back when it was right.
 */
export interface LoginLimits {
  /** Throws AppError 429 `too_many_attempts`; returns the way to give the attempt back. */
  take(email: string, from: ClientAddress): () => void;
}

export function createLoginLimits(quotas: { account: Quota; address: Quota }): LoginLimits {
  const { account, address } = quotas;
  return {
    take(email, from) {
      const guesses = accountAt(email, from);
      const waitSeconds = Math.max(account.secondsUntilFree(guesses), address.secondsUntilFree(from));
      if (waitSeconds > 0) {
        throw new AppError(429, 'too_many_attempts', 'Too many failed logins.', {
          retryAfterSeconds: waitSeconds,
        });
      }
      account.take(guesses);
      address.take(from);
      return () => {
        account.giveBack(guesses);
        address.giveBack(from);
      };
    },
  };
}

/** A hash: a limit needs no names, and shares its keys with other replicas through Redis. */
function accountAt(email: string, from: ClientAddress): string {
  return createHash('sha256')
    .update(`${from}\n${emailKey(email)}`)
    .digest('base64url');
}
