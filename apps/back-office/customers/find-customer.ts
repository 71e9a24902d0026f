import type { CustomerFound } from '../../../sdk/contracts/operator-customers.ts';
import { selectUserId } from '../../../platform/customers/customer-reads.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { selectEventOwner, selectOwner } from './customer-store.ts';

/** Returns the customer of an e-mail address, or of any id: keys first, then events. Null without one. */
export async function findCustomer(
  database: Database,
  { email, id }: { email?: string; id?: string },
): Promise<CustomerFound | null> {
  if (email !== undefined) {
    const userId = await database.query((sql) => selectUserId(sql, email));
    return userId === null ? null : { user_id: userId, kind: 'customer' };
  }
  if (id === undefined) return null;
  const owner = await database.query((sql) => selectOwner(sql, id));
  return owner ?? database.query((sql) => selectEventOwner(sql, id));
}
