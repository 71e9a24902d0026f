import { check, group } from 'k6';
import type { Options } from 'k6/options';
import { accept, liveWell, offerFor, registerAndLogin } from './support/journey.ts';
import { DURATION, VUS } from './support/target.ts';

/** The whole journey of a new customer each time: register, live, analysis, acceptance, active, notified. */
export const options: Options = {
  scenarios: { journeys: { executor: 'constant-vus', vus: VUS(4), duration: DURATION('30s') } },
  thresholds: {
    'http_req_failed{kind:acceptance}': ['rate<0.01'],
    stored_after: ['p(95)<5000'],
    active_after: ['p(95)<5000'],
    notified_after: ['p(95)<5000'],
    never_happened: ['count<1'],
    checks: ['rate>0.99'],
  },
};

export default function (): void {
  const person = group('sign in', registerAndLogin);
  if (!person) return;
  group('a month', () => liveWell(person));
  const offer = group('analysis', () => offerFor(person));
  if (check(offer, { 'has an offer': (present) => present !== null }) && offer) {
    group('acceptance', () => accept(person, offer));
  }
}
