import { Elysia } from 'elysia';
import { ENDPOINTS } from '../../../sdk/contracts/endpoints.ts';
import { selectStoredCustomer } from '../../../platform/customers/customer-reads.ts';
import type { Database } from '../../../platform/data/sql.ts';
import { type Contract, contract } from '../../../platform/http/contract.ts';
import { elysiaPath } from '../../../platform/http/http.ts';
import type { Bus } from '../../../platform/messaging/bus.ts';
import type { Idempotency } from '../../../platform/idempotency/idempotency.ts';
import { problem } from '../../../platform/kernel/errors.ts';
import { UNKNOWN_JURISDICTION } from '../../../underwriting/policy/jurisdictions.ts';
import { policyInForce } from '../../../underwriting/policy/policy-in-force.ts';
import { findCustomer } from './find-customer.ts';
import { readDays } from './read-days.ts';
import { readTimeline } from './read-timeline.ts';

export interface CustomerFlows {
  database: Database;
  bus: Bus;
  idempotency: Idempotency;
}

export function customerRoutes(plugin: Contract, { database, bus, idempotency }: CustomerFlows) {
  const { getCustomerAsOperator, getCustomerTimeline, getCustomerDays } = ENDPOINTS;
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
      elysiaPath(ENDPOINTS.findCustomer.path),
      async ({ call, body }) =>
        idempotency.once(call, 200, async () => {
          const customer = await findCustomer(database, body);
          if (!customer) throw problem('user_not_found');
          return customer;
        }),
      contract(ENDPOINTS.findCustomer),
    )
    .get(
      elysiaPath(getCustomerTimeline.path),
      async ({ params: { user_id: userId }, query: { limit = 50 } }) => {
        const timeline = await readTimeline({ database, bus }, { userId, limit });
        if (!timeline) throw problem('user_not_found');
        return { ...timeline };
      },
      contract(getCustomerTimeline),
    )
    .get(
      elysiaPath(getCustomerDays.path),
      async ({ params: { user_id: userId }, query: { days = 90 } }) => readDays(database, userId, days),
      contract(getCustomerDays),
    );
}
