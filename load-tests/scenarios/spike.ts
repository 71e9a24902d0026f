import type { Options } from 'k6/options';
import { createCustomers, type Customer } from './support/customers.ts';
import { customersOr, durationOr, rateOr, shareOf, vusOr } from './support/shape.ts';
import { sendEmotionAsync } from './support/traffic.ts';

/** Calm, ten times as much at once, calm again: nothing may be lost, and calm has to come back. */
const length = durationOr('30s');
const peak = rateOr(500);
const calm = Math.max(1, Math.round(peak / 10));

export const options: Options = {
  setupTimeout: '3m',
  scenarios: {
    spike: {
      executor: 'ramping-arrival-rate',
      startRate: calm,
      preAllocatedVUs: vusOr(100),
      maxVUs: Math.max(1000, vusOr(100)),
      stages: [
        { duration: shareOf(length, 0.3), target: calm },
        { duration: shareOf(length, 0.05), target: peak },
        { duration: shareOf(length, 0.3), target: peak },
        { duration: shareOf(length, 0.05), target: calm },
        { duration: shareOf(length, 0.3), target: calm },
      ],
    },
  },
  thresholds: {
    'http_req_failed{kind:emotion}': ['rate<0.01'],
    'http_req_duration{kind:emotion}': ['p(95)<2000'],
    checks: ['rate>0.99'],
  },
};

export function setup(): Customer[] {
  return createCustomers(customersOr(20));
}

export default async function (customers: Customer[]): Promise<void> {
  await sendEmotionAsync(customers);
}
