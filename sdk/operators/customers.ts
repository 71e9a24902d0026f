import type { CustomerFacts, CustomerFactsQuery, CustomerFound } from '../contracts/operator-customers.ts';
import { OPERATOR_PATHS } from '../contracts/operator-paths.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** Customers as an operator sees them; each look is an act of the audit log. */
export interface Customers {
  /** @throws NotFoundError `user_not_found` */
  get(userId: string, query?: CustomerFactsQuery, options?: CallOptions): Promise<CustomerFacts>;
  /** By the e-mail address, in any case. @throws NotFoundError `user_not_found` */
  find(email: string, options?: WriteOptions): Promise<CustomerFound>;
}

export function createCustomers(transport: Transport): Customers {
  return {
    get: (userId, query = {}, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.getCustomerAsOperator,
        params: { user_id: userId },
        query: { ...query },
        options,
      }),
    find: (email, options) =>
      transport.request({
        method: 'POST',
        path: OPERATOR_PATHS.findCustomer,
        body: { contentType: 'application/json', text: JSON.stringify({ email }) },
        options,
      }),
  };
}
