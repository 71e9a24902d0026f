import type { Options } from 'k6/options';
import { createCustomers, type Customer } from './support/customers.ts';
import { constantRate, customersOr, durationOr, rateOr, vusOr } from './support/shape.ts';
import { sendTransactionAsync } from './support/traffic.ts';

/** Single transactions at a constant rate, each by its own customer. */
export const options: Options = {
  setupTimeout: '3m',
  scenarios: { transactions: constantRate(rateOr(200), durationOr('30s'), { vus: vusOr(50), maxVUs: 500 }) },
  thresholds: {
    'http_req_duration{kind:transaction}': ['p(95)<500', 'p(99)<1000'],
    'http_req_failed{kind:transaction}': ['rate<0.001'],
    checks: ['rate>0.999'],
  },
};

export function setup(): Customer[] {
  return createCustomers(customersOr(20));
}

export default async function (customers: Customer[]): Promise<void> {
  await sendTransactionAsync(customers);
}
