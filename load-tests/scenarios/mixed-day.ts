import { sleep } from 'k6';
import type { Options } from 'k6/options';
import { accept, analyse, liveWell, offerFor, registerAndLogin } from './support/journey.ts';
import { anyOf, createPeople, type Person } from './support/people.ts';
import { DURATION, number, part, RATE, VUS } from './support/target.ts';
import { sendEmotion, sendTransaction } from './support/traffic.ts';

/** A day in short: both streams rise, stay and fall, while customers are analysed and accept offers. */
const length = DURATION('60s');
const day = (exec: string, peak: number) => ({
  executor: 'ramping-arrival-rate' as const,
  exec,
  startRate: 1,
  preAllocatedVUs: VUS(20),
  maxVUs: Math.max(100, VUS(20)),
  stages: [
    { duration: part(length, 0.3), target: peak },
    { duration: part(length, 0.4), target: peak },
    { duration: part(length, 0.3), target: 1 },
  ],
});

export const options: Options = {
  setupTimeout: '3m',
  scenarios: {
    emotions: day('emotions', RATE(60)),
    transactions: day('transactions', Math.max(1, Math.round(RATE(60) / 2))),
    analyses: { executor: 'constant-vus', exec: 'analyses', vus: 2, duration: length },
    journeys: {
      executor: 'ramping-vus',
      exec: 'journeys',
      startVUs: 0,
      stages: [
        { duration: part(length, 0.5), target: 2 },
        { duration: part(length, 0.5), target: 0 },
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

export function setup(): Person[] {
  return createPeople(number('USERS', 20));
}

export function emotions(people: Person[]): void {
  sendEmotion(people);
}

export function transactions(people: Person[]): void {
  sendTransaction(people);
}

export function analyses(people: Person[]): void {
  analyse(anyOf(people));
  sleep(0.5);
}

export function journeys(): void {
  const person = registerAndLogin();
  if (!person) return;
  liveWell(person);
  const offer = offerFor(person);
  if (offer) accept(person, offer);
}
