import type { Options } from 'k6/options';
import { createPeople, type Person } from './support/people.ts';
import { DURATION, number, RATE, VUS } from './support/target.ts';
import { sendTransactionAsync } from './support/traffic.ts';

/** Single transactions at a constant rate, each by its own customer. */
export const options: Options = {
  setupTimeout: '3m',
  scenarios: {
    transactions: {
      executor: 'constant-arrival-rate',
      rate: RATE(200),
      duration: DURATION('30s'),
      preAllocatedVUs: VUS(50),
      maxVUs: Math.max(500, VUS(50)),
    },
  },
  thresholds: {
    'http_req_duration{kind:transaction}': ['p(95)<500', 'p(99)<1000'],
    'http_req_failed{kind:transaction}': ['rate<0.001'],
    checks: ['rate>0.999'],
  },
};

export function setup(): Person[] {
  return createPeople(number('USERS', 20));
}

export default async function (people: Person[]): Promise<void> {
  await sendTransactionAsync(people);
}
