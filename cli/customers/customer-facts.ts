import { selectStoredCustomer, selectUserId } from '../../platform/customers/customer-reads.ts';
import type { CustomerFacts } from '../../sdk/contracts/operator-customers.ts';

import { UNKNOWN_JURISDICTION } from '../../underwriting/policy/jurisdictions.ts';
import { policyInForce } from '../../underwriting/policy/policy-in-force.ts';
import { withDatabase } from '../config/database.ts';
import { openOperator, type OperatorFlags } from '../config/operator-session.ts';
import { resolveDatabase } from '../config/context.ts';
import { readTypedId } from '../../platform/trace/identity.ts';

/** Reads the database where its address is known, else asks the API as the operator; null for a stranger. */
export async function readCustomer(
  flags: OperatorFlags,
  id: string,
  limit: number,
): Promise<CustomerFacts | null> {
  const { uuid, email } = readTypedId(id);
  const context = resolveDatabase(flags);
  if (flags.operator !== undefined || !context.databaseUrl) {
    const { customers } = openOperator(flags).api;
    const userId = uuid ?? (await customers.find(email ?? '')).user_id;
    return customers.get(userId, { limit });
  }
  return withDatabase(context, 'ecs customers', async (sql) => {
    const userId = uuid ?? (await selectUserId(sql, email ?? ''));
    const stored =
      userId === null
        ? null
        : await selectStoredCustomer(sql, { userId, limit, unknownJurisdiction: UNKNOWN_JURISDICTION });
    return stored && { ...stored, policy: policyInForce(stored.policy) };
  });
}
