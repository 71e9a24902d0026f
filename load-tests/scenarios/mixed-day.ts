import { sleep } from 'k6';
import type { Options } from 'k6/options';
import { createCustomers, type Customer, pickCustomer } from './support/customers.ts';
import { acceptOffer, analyze, pollOffer, registerAndLogin, sendCalmMonth } from './support/journey.ts';
import { customersOr, durationOr, rateOr, shareOf, vusOr } from './support/shape.ts';
import { sendEmotion, sendTransaction } from './support/traffic.ts';

/** A day in short: both streams rise, stay and fall, while customers are analyzed and accept offers. */
const length = durationOr('60s');

export const options: Options = {
  setupTimeout: '3m',
  scenarios: {
    emotions: riseAndFall('emotions', rateOr(60)),
    transactions: riseAndFall('transactions', Math.max(1, Math.round(rateOr(60) / 2))),
    analyses: { executor: 'constant-vus', exec: 'analyses', vus: 2, duration: length },
    journeys: {
      executor: 'ramping-vus',
      exec: 'journeys',
      startVUs: 0,
      stages: [
        { duration: shareOf(length, 0.5), target: 2 },
        { duration: shareOf(length, 0.5), target: 0 },
      ],
    },
  },
  thresholds: {
    'http_req_duration{kind:emotion}': ['p(95)<1000'],
    'http_req_duration{kind:transaction}': ['p(95)<1000'],
    'http_req_duration{kind:analysis}': ['p(95)<1500'],
    'http_req_failed{kind:acceptance}': ['rate<0.01'],
    never_happened: ['count<1'],
    checks: ['rate>0.99'],
  },
};

export function setup(): Customer[] {
  return createCustomers(customersOr(20));
}

export function emotions(customers: Customer[]): void {
  sendEmotion(customers);
}

export function transactions(customers: Customer[]): void {
  sendTransaction(customers);
}

export function analyses(customers: Customer[]): void {
  analyze(pickCustomer(customers));
  sleep(0.5);
}

export function journeys(): void {
  const customer = registerAndLogin();
  if (!customer) return;
  sendCalmMonth(customer);
  const offer = pollOffer(customer);
  if (offer) acceptOffer(customer, offer);
}

function riseAndFall(exec: string, peak: number) {
  return {
    executor: 'ramping-arrival-rate' as const,
    exec,
    startRate: 1,
    preAllocatedVUs: vusOr(20),
    maxVUs: Math.max(100, vusOr(20)),
    stages: [
      { duration: shareOf(length, 0.3), target: peak },
      { duration: shareOf(length, 0.4), target: peak },
      { duration: shareOf(length, 0.3), target: 1 },
    ],
  };
}
