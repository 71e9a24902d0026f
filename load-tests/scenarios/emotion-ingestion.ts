import type { Options } from 'k6/options';
import { createCustomers, type Customer } from './support/customers.ts';
import { constantRate, customersOr, durationOr, rateOr, vusOr } from './support/shape.ts';
import { sendEmotionAsync } from './support/traffic.ts';

/** Single emotion events at a constant rate; each 202 means stored. */
export const options: Options = {
  setupTimeout: '3m',
  scenarios: { emotions: constantRate(rateOr(200), durationOr('30s'), { vus: vusOr(50), maxVUs: 500 }) },
  thresholds: {
    'http_req_duration{kind:emotion}': ['p(95)<500', 'p(99)<1000'],
    'http_req_failed{kind:emotion}': ['rate<0.001'],
    checks: ['rate>0.999'],
  },
};

export function setup(): Customer[] {
  return createCustomers(customersOr(20));
}

export default async function (customers: Customer[]): Promise<void> {
  await sendEmotionAsync(customers);
}
