import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { selectStoredCustomer, selectUserId } from '../../../platform/customers/customer-reads.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { UNKNOWN_JURISDICTION } from '../../../underwriting/policy/jurisdictions.ts';
import { policyInForce } from '../../../underwriting/policy/policy-in-force.ts';

export interface CustomerFlows {
  database: Database;
  idempotency: Idempotency;
}

export function customerRoutes(plugin: Contract, { database, idempotency }: CustomerFlows) {
  const { getCustomerAsOperator, findCustomer } = ENDPOINTS;
  return new Elysia({ name: 'customers' })
    .use(plugin)
    .get(
      elysiaPath(getCustomerAsOperator.path),
      async ({ params: { user_id: userId }, query: { limit = 10 } }) => {
        const scope = { userId, limit, unknownJurisdiction: UNKNOWN_JURISDICTION };
        const stored = await database.query((sql) => selectStoredCustomer(sql, scope));
        if (!stored) throw problem('user_not_found');
        return { ...stored, policy: policyInForce(stored.policy) };
      },
      contract(getCustomerAsOperator),
    )
    .post(
      elysiaPath(findCustomer.path),
      async ({ call, body: { email } }) =>
        idempotency.once(call, 200, async () => {
          const userId = await database.query((sql) => selectUserId(sql, email));
          if (userId === null) throw problem('user_not_found');
          return { user_id: userId };
        }),
      contract(findCustomer),
    );
}
