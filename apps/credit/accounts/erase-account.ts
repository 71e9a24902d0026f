import type { CustomerErasure, ErasureRequest } from '../../../sdk/contracts/privacy.ts';
import type { Database } from '../../../platform/data/sql.ts';
import type { ClientAddress } from '../../../platform/http/client-address.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import type { CustomerHash } from '../../../platform/privacy/customer-hash.ts';
import type { RevokedCustomers } from '../../../platform/privacy/revoked-customers.ts';
import { insertErasure, selectErasedAt } from '../../../platform/privacy/ledger-store.ts';
import { announce } from '../../../platform/privacy/reapply-ledger.ts';
import type { LoginLimits } from '../../../platform/sign-in/login-limits.ts';
import type { Passwords } from '../../../platform/sign-in/passwords.ts';
import { emailKey } from '../../../sdk/contracts/email.ts';
import { selectCredentialsById } from './account-store.ts';

/**
 * Starts the erasure of a customer: checks the password as a login does, enters the customer in the ledger,
 * and revokes the customer's tokens at once. They open this endpoint still, so that a request that is sent
 * again, as after a lost response, gets the same response. The service `privacy` erases.
 */
export function createEraseAccount(deps: {
  database: Database;
  bus: Bus;
  passwords: Passwords;
  loginLimits: LoginLimits;
  hashOf: CustomerHash;
  revoked: RevokedCustomers;
}) {
  const { database, bus, passwords, loginLimits, hashOf, revoked } = deps;

  return async (
    userId: string,
    { password }: ErasureRequest,
    from: ClientAddress,
  ): Promise<CustomerErasure> => {
    const customerHash = hashOf(userId);
    const response: CustomerErasure = { status: 'erasure is being processed', user_id: userId };
    // Read before the ledger: an account that is gone by now was entered there earlier.
    const account = await selectCredentialsById(database, userId);
    const erasedAt = await database.query((sql) => selectErasedAt(sql, customerHash));
    if (erasedAt !== undefined) return response;
    if (!account) throw problem('user_not_found');
    await loginLimits.attempt(emailKey(account.email), from, async () => {
      if (!(await passwords.verify(password, account.passwordHash, from)))
        throw problem('invalid_credentials');
    });
    await database.query((sql) => insertErasure(sql, { customerHash, userId, requestedBy: 'customer' }));
    revoked.revoke(userId);
    // Only saves time: the erasure itself announces the entry until the broker has it.
    await announce(bus, { customerHash, requestedAt: new Date().toISOString() }).catch(() => {});
    return response;
  };
}
