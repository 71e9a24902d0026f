import type { Customer } from '../contracts/customer.ts';
import type { CustomerErasure, ErasureRequest } from '../contracts/privacy.ts';
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
   * Erases the customer everywhere, for good. The customer's tokens are void at once, open limits are closed.
   *
   * @example
   * await ecs.customers.erase(userId, { password });
   * @throws AuthenticationError `invalid_credentials`, for another password
   */
  erase(userId: string, request: ErasureRequest, options?: CallOptions): Promise<CustomerErasure>;
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
    erase: (userId, request, options) =>
      transport.request({
        method: 'DELETE',
        path: PATHS.eraseCustomer,
        params: { user_id: userId },
        body: { contentType: 'application/json', text: JSON.stringify(request) },
        options,
      }),
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
