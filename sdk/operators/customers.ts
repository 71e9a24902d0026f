import type {
  CustomerDays,
  CustomerDaysQuery,
  CustomerFacts,
  CustomerFactsQuery,
  CustomerFound,
  CustomerTimeline,
  CustomerTimelineQuery,
} from '../contracts/operator-customers.ts';
import * as OPERATOR_PATHS from '../contracts/operator-paths.ts';
import type { ApiCall } from '../core/api-call.ts';
import type { CallOptions, WriteOptions } from '../core/options.ts';
import type { Transport } from '../core/transport.ts';

/** Customers as operators see them; each read is an act of the audit log. */
export interface Customers {
  /**
   * Returns limits, the policy in force and the last decisions.
   *
   * @throws NotFoundError `user_not_found`
   */
  get(userId: string, query?: CustomerFactsQuery, options?: CallOptions): ApiCall<CustomerFacts>;
  /**
   * Finds a customer by the e-mail address, compared without case.
   *
   * @throws NotFoundError `user_not_found`
   */
  find(email: string, options?: WriteOptions): ApiCall<CustomerFound>;
  /**
   * Finds the customer of an id: of an event, analysis, offer, review …
   *
   * @throws NotFoundError `user_not_found`
   */
  findById(id: string, options?: WriteOptions): ApiCall<CustomerFound>;
  /**
   * Returns the history, newest first, without emotions and amounts.
   *
   * @throws NotFoundError `user_not_found`
   */
  timeline(userId: string, query?: CustomerTimelineQuery, options?: CallOptions): ApiCall<CustomerTimeline>;
  /**
   * Role `operator` or `risk`. Returns emotions and spending by day.
   *
   * @throws NotFoundError `user_not_found`
   */
  days(userId: string, query?: CustomerDaysQuery, options?: CallOptions): ApiCall<CustomerDays>;
}

export function createCustomers(transport: Transport): Customers {
  const find = (body: object, options?: WriteOptions): ApiCall<CustomerFound> =>
    transport.request({
      method: 'POST',
      path: OPERATOR_PATHS.findCustomer,
      json: body,
      options,
    });
  return {
    get: (userId, query = {}, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.getCustomerAsOperator,
        params: { user_id: userId },
        query,
        options,
      }),
    find: (email, options) => find({ email }, options),
    findById: (id, options) => find({ id }, options),
    timeline: (userId, query = {}, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.getCustomerTimeline,
        expected: { items: 'array' },
        params: { user_id: userId },
        query,
        options,
      }),
    days: (userId, query = {}, options) =>
      transport.request({
        method: 'GET',
        path: OPERATOR_PATHS.getCustomerDays,
        params: { user_id: userId },
        query,
        options,
      }),
  };
}
