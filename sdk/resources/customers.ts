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
  /**
   * All that is stored of the customer, as the bytes of one JSON document (`CustomerExport`), which come as
   * they are read: it may be larger than memory. A document that breaks off is no JSON.
   *
   * @example
   * const { data } = await new Response(await ecs.customers.export(userId)).json();
   * @throws NotFoundError `user_not_found`
   */
  export(userId: string, options?: Pick<CallOptions, 'signal'>): Promise<ReadableStream<Uint8Array>>;
}

export function createCustomers(transport: Transport): Customers {
  return {
    get: (userId, options) =>
      transport.request({ method: 'GET', path: PATHS.getCustomer, params: { user_id: userId }, options }),
    async export(userId, { signal = new AbortController().signal } = {}) {
      const { body } = await transport.open({
        path: PATHS.exportCustomer,
        params: { user_id: userId },
        type: 'application/json',
        headers: {},
        signal,
      });
      return body ?? new ReadableStream();
    },
  };
}
