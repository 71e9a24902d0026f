import type { Customer } from '../contracts/customer.ts';
import type { CustomerErasure, ErasureRequest } from '../contracts/privacy.ts';
import { PATHS } from '../contracts/paths.ts';
import { type ApiCall, type ApiResponse, toApiCall } from '../core/api-call.ts';
import { checkOptions, SIGNAL_OPTIONS } from '../core/check-options.ts';
import { EcsArgumentError } from '../core/errors.ts';
import type { CallOptions } from '../core/options.ts';
import { linkSignals } from '../core/timing.ts';
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
   * they are read: it may be larger than memory. A document that breaks off is no JSON.
   *
   * @example
   * const { data } = await new Response(await ecs.customers.export(userId)).json();
   * @throws NotFoundError `user_not_found`
   */
  export(userId: string, options?: Pick<CallOptions, 'signal'>): ApiCall<ReadableStream<Uint8Array>>;
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
    export: (userId, options) => toApiCall(openExport(transport, userId, options)),
  };
}

async function openExport(
  transport: Transport,
  userId: string,
  options: Pick<CallOptions, 'signal'> | undefined,
): Promise<ApiResponse<ReadableStream<Uint8Array>>> {
  const { signal } = checkOptions(options, SIGNAL_OPTIONS);
  const link = linkSignals([signal, transport.options.signal]);
  try {
    const response = await transport.open({
      path: PATHS.exportCustomer,
      params: { user_id: userId },
      type: 'application/json',
      headers: {},
      signal: link.signal,
    });
    const { body, status, headers } = response;
    if (!body) {
      const message = 'a document cannot be read as it comes here: use request("GET", …/export)';
      throw new EcsArgumentError(message, 'unsupported');
    }
    const data = withEnd(body, link.end);
    return { data, status, headers, requestId: headers.get('x-request-id') ?? '', attempts: 1 };
  } catch (error) {
    link.end();
    throw error;
  }
}

/** Returns a stream of the same bytes that calls `end` once it is read to its end, fails, or is canceled. */
function withEnd(body: ReadableStream<Uint8Array>, end: () => void): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) return controller.enqueue(value);
        end();
        controller.close();
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    cancel(reason) {
      end();
      return reader.cancel(reason);
    },
  });
}
