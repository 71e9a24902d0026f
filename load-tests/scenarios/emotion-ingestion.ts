import type { Options } from 'k6/options';
import { createPeople, type Person } from './support/people.ts';
import { DURATION, number, RATE, VUS } from './support/target.ts';
import { sendEmotionAsync } from './support/traffic.ts';

/** Single emotion events at a constant rate; each answer means stored. */
export const options: Options = {
  setupTimeout: '3m',
  scenarios: {
    emotions: {
      executor: 'constant-arrival-rate',
      rate: RATE(200),
      duration: DURATION('30s'),
      preAllocatedVUs: VUS(50),
      maxVUs: Math.max(500, VUS(50)),
    },
  },
  thresholds: {
    'http_req_duration{kind:emotion}': ['p(95)<500', 'p(99)<1000'],
    'http_req_failed{kind:emotion}': ['rate<0.001'],
    checks: ['rate>0.999'],
  },
};

export function setup(): Person[] {
  return createPeople(number('USERS', 20));
}

export default async function (people: Person[]): Promise<void> {
  await sendEmotionAsync(people);
}
