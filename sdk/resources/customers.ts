import type { Customer } from '../contracts/customer.ts';
import { PATHS } from '../contracts/paths.ts';
import type { CallOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

export interface Customers {
  /**
   * The customer: e-mail, jurisdiction, and the sum of accepted and active limits beside the highest that is
   * granted.
   *
   * @example
   * const { exposure, exposure_max } = await ecs.customers.get(userId);
   * @throws NotFoundError `user_not_found`, for another customer as well
   */
  get(userId: string, options?: CallOptions): Promise<Customer>;
}

export function createCustomers(transport: Transport): Customers {
  return {
    get: (userId, options) =>
      transport.request({ method: 'GET', path: PATHS.getCustomer, params: { user_id: userId }, options }),
  };
}
