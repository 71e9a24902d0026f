import type { Options } from 'k6/options';
import { createCustomers, type Customer } from './support/customers.ts';
import { constantRate, customersOr, durationOr, rateOr, vusOr } from './support/shape.ts';
import { sendEmotionAsync, sendTransactionAsync } from './support/traffic.ts';

/** A moderate load for long: leaks, full disks and slow growth show late. */
export const options: Options = {
  setupTimeout: '3m',
  scenarios: {
    emotions: { exec: 'emotions', ...shareOfRate(0.7) },
    transactions: { exec: 'transactions', ...shareOfRate(0.3) },
  },
  thresholds: {
    http_req_failed: ['rate<0.001'],
    'http_req_duration{kind:emotion}': ['p(99)<1000'],
    'http_req_duration{kind:transaction}': ['p(99)<1000'],
    dropped_iterations: ['count<10'],
  },
};

export function setup(): Customer[] {
  return createCustomers(customersOr(50));
}

export async function emotions(customers: Customer[]): Promise<void> {
  await sendEmotionAsync(customers);
}

export async function transactions(customers: Customer[]): Promise<void> {
  await sendTransactionAsync(customers);
}

function shareOfRate(share: number) {
  const rate = Math.max(1, Math.round(rateOr(100) * share));
  return constantRate(rate, durationOr('10m'), { vus: vusOr(20), maxVUs: 200 });
}
