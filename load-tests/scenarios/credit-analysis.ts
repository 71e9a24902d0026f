import { sleep } from 'k6';
import type { Options } from 'k6/options';
import { createCustomers, type Customer, pickCustomer } from './support/customers.ts';
import { analyze, sendCalmMonth } from './support/journey.ts';
import { customersOr, durationOr, vusOr } from './support/shape.ts';

/** Customers with a history request their analysis again and again: cache, cooldown and model together. */
export const options: Options = {
  setupTimeout: '3m',
  scenarios: { analyses: { executor: 'constant-vus', vus: vusOr(10), duration: durationOr('30s') } },
  thresholds: {
    'http_req_duration{kind:analysis}': ['p(95)<800'],
    'http_req_failed{kind:analysis}': ['rate<0.01'],
    checks: ['rate>0.99'],
  },
};

export function setup(): Customer[] {
  const customers = createCustomers(customersOr(10));
  for (const customer of customers) sendCalmMonth(customer);
  return customers;
}

export default function (customers: Customer[]): void {
  analyze(pickCustomer(customers));
  sleep(0.1);
}
