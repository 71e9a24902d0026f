import type { CustomerFound } from '../../../sdk/contracts/operator-customers.ts';
import { selectUserId } from '../../../platform/customers/customer-reads.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { timeOfId } from '../../../platform/trace/identity.ts';
import { selectEventOwner, selectOwner } from './customer-store.ts';

const MINUTE_MS = 60_000;
/** An event is stored after its id was made: in moments, or when its worker is back. */
const STORED_WITHIN_MS = [2 * MINUTE_MS, 48 * 60 * MINUTE_MS];

/**
 * Returns the customer of an e-mail address, or of any id: keys first, then events, which are found by the
 * time in their id. An event with an id without a time, of a partner's own, is not found. Null without one.
 */
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
  if (owner) return owner;
  const madeMs = timeOfId(id);
  if (madeMs === null) return null;
  const from = new Date(madeMs - MINUTE_MS);
  for (const withinMs of STORED_WITHIN_MS) {
    const until = new Date(madeMs + withinMs);
    const customer = await database.query((sql) => selectEventOwner(sql, { id, from, until }));
    if (customer) return customer;
  }
  return null;
}
