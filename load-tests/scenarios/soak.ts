import type { Options } from 'k6/options';
import { createPeople, type Person } from './support/people.ts';
import { DURATION, number, RATE, VUS } from './support/target.ts';
import { sendEmotionAsync, sendTransactionAsync } from './support/traffic.ts';

/** A moderate load for long: leaks, full disks and slow growth show late. */
const steady = (exec: string, rate: number) => ({
  executor: 'constant-arrival-rate' as const,
  exec,
  rate,
  duration: DURATION('10m'),
  preAllocatedVUs: VUS(20),
  maxVUs: Math.max(200, VUS(20)),
});

export const options: Options = {
  setupTimeout: '3m',
  scenarios: {
    emotions: steady('emotions', Math.max(1, Math.round(RATE(100) * 0.7))),
    transactions: steady('transactions', Math.max(1, Math.round(RATE(100) * 0.3))),
  },
  thresholds: {
    http_req_failed: ['rate<0.001'],
    'http_req_duration{kind:emotion}': ['p(99)<1000'],
    'http_req_duration{kind:transaction}': ['p(99)<1000'],
    dropped_iterations: ['count<10'],
  },
};

export function setup(): Person[] {
  return createPeople(number('USERS', 50));
}

export async function emotions(people: Person[]): Promise<void> {
  await sendEmotionAsync(people);
}

export async function transactions(people: Person[]): Promise<void> {
  await sendTransactionAsync(people);
}
