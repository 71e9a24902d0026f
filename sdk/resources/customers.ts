import type { Customer } from '../contracts/customer.ts';
import type { CustomerErasure, ErasureRequest } from '../contracts/privacy.ts';
import * as PATHS from '../contracts/paths.ts';
import { type ApiCall, mapCall } from '../core/api-call.ts';
import type { OpenStream } from '../core/attempt.ts';
import type { CallOptions } from '../core/options.ts';
import { toDocument } from '../core/document.ts';
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
  get(userId: string, options?: CallOptions): ApiCall<Customer>;
  /**
   * Erases the customer everywhere, for good. The customer's tokens are void at once, open limits are closed.
   *
   * @example
   * await ecs.customers.erase(userId, { password });
   * @throws AuthenticationError `invalid_credentials`, for another password
   */
  erase(userId: string, request: ErasureRequest, options?: CallOptions): ApiCall<CustomerErasure>;
  /**
   * All that is stored of the customer, as the bytes of one JSON document (`CustomerExport`), which come as
   * they are read: it may be larger than memory. `timeoutMs` and `deadlineMs` end with its first byte; a
   * document that is not whole ends with an error.
   *
   * @example
   * const { data } = await new Response(await ecs.customers.export(userId)).json();
   * @throws NotFoundError `user_not_found`; its stream EcsConnectionError `stream_ended`
   */
  export(userId: string, options?: CallOptions): ApiCall<ReadableStream<Uint8Array>>;
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
        json: request,
        options,
      }),
    export: (userId, options) => {
      const opened = transport.request<OpenStream>({
        method: 'GET',
        path: PATHS.exportCustomer,
        params: { user_id: userId },
        stream: 'application/json',
        options,
      });
      return mapCall(opened, toDocument);
    },
  };
}
