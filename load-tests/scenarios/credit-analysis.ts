import { sleep } from 'k6';
import type { Options } from 'k6/options';
import { analyse, liveWell } from './support/journey.ts';
import { anyOf, createPeople, type Person } from './support/people.ts';
import { DURATION, number, VUS } from './support/target.ts';

/** Customers with a history ask for their analysis again and again: cache, cooldown and model together. */
export const options: Options = {
  setupTimeout: '3m',
  scenarios: { analyses: { executor: 'constant-vus', vus: VUS(10), duration: DURATION('30s') } },
  thresholds: {
    'http_req_duration{kind:analysis}': ['p(95)<800'],
    'http_req_failed{kind:analysis}': ['rate<0.01'],
    checks: ['rate>0.99'],
  },
};

export function setup(): Person[] {
  const people = createPeople(number('USERS', 10));
  for (const person of people) liveWell(person);
  return people;
}

export default function (people: Person[]): void {
  analyse(anyOf(people));
  sleep(0.1);
}
