import type { Options } from 'k6/options';
import { createPeople, type Person } from './support/people.ts';
import { DURATION, number, part, RATE, VUS } from './support/target.ts';
import { sendEmotionAsync } from './support/traffic.ts';

/** Calm, ten times as much at once, calm again: nothing may be lost, and calm has to come back. */
const length = DURATION('30s');
const calm = Math.max(1, Math.round(RATE(500) / 10));

export const options: Options = {
  setupTimeout: '3m',
  scenarios: {
    spike: {
      executor: 'ramping-arrival-rate',
      startRate: calm,
      preAllocatedVUs: VUS(100),
      maxVUs: Math.max(1000, VUS(100)),
      stages: [
        { duration: part(length, 0.3), target: calm },
        { duration: part(length, 0.05), target: RATE(500) },
        { duration: part(length, 0.3), target: RATE(500) },
        { duration: part(length, 0.05), target: calm },
        { duration: part(length, 0.3), target: calm },
      ],
    },
  },
  thresholds: {
    'http_req_failed{kind:emotion}': ['rate<0.01'],
    'http_req_duration{kind:emotion}': ['p(95)<2000'],
    checks: ['rate>0.99'],
  },
};

export function setup(): Person[] {
  return createPeople(number('USERS', 20));
}

export default async function (people: Person[]): Promise<void> {
  await sendEmotionAsync(people);
}
