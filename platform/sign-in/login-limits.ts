import { createHash } from 'node:crypto';
import type { ProblemCode } from '../../sdk/contracts/problems.ts';
import type { ClientAddress } from '../http/client-address.ts';
import { AppError, problem } from '../kernel/errors.ts';
import type { Quota } from '../resilience/quota.ts';
import { createRecentKeys } from '../resilience/recent-keys.ts';

/**
 * Bounds guesses of passwords: of one account from one address, and of all accounts from one address. No
 * limit is of an account alone: nobody locks its owner out from elsewhere. Nor does another client at the
 * owner's address by guesses of other accounts: an account that logged in from an address before has its own
 * limit there alone. Guesses of the owner's own account from the owner's address do take the owner's
 * attempts, which come back one every few seconds: only the password distinguishes the two.
 */
export interface LoginLimits {
  /**
   * Runs work that reveals whether a password is right. A token is taken before, so that concurrent guesses
   * count, and given back unless the password was wrong. `account` has one text for all spellings of its
   * name. Throws AppError 429 `too_many_attempts`.
   */
  attempt<T>(account: string, from: ClientAddress, work: () => Promise<T>): Promise<T>;
}

/** A response that reveals to an anonymous caller that the password is another. */
const WRONG_GUESSES = new Set<ProblemCode>([
  'invalid_credentials',
  'invalid_client',
  'email_taken',
  'idempotency_key_reused',
]);
const ACCOUNTS_MAX = 100_000;

export function createLoginLimits(quotas: { account: Quota; address: Quota }): LoginLimits {
  const signedIn = createRecentKeys(ACCOUNTS_MAX);

  const take = (guesses: string, from: ClientAddress): (() => void) => {
    const limits: [Quota, string][] = [[quotas.account, guesses]];
    if (!signedIn.has(guesses)) limits.push([quotas.address, from]);
    const waitSeconds = Math.max(...limits.map(([quota, key]) => quota.secondsUntilFree(key)));
    if (waitSeconds > 0) {
      throw problem('too_many_attempts', { retryAfterSeconds: waitSeconds });
    }
    for (const [quota, key] of limits) quota.take(key);
    return () => {
      for (const [quota, key] of limits) quota.giveBack(key);
    };
  };

  return {
    async attempt(account, from, work) {
      const guesses = accountAt(account, from);
      const giveBack = take(guesses, from);
      try {
        const result = await work();
        giveBack();
        signedIn.add(guesses);
        return result;
      } catch (error) {
        // A password that was not checked is no guess.
        if (!(error instanceof AppError && WRONG_GUESSES.has(error.code))) giveBack();
        throw error;
      }
    },
  };
}

/** A hash: a limit needs no names, and shares its keys with other replicas through Redis. */
function accountAt(account: string, from: ClientAddress): string {
  return createHash('sha256').update(`${from}\n${account}`).digest('base64url');
}
