import { check, group } from 'k6';
import type { Options } from 'k6/options';
import { acceptOffer, pollOffer, registerAndLogin, sendCalmMonth } from './support/journey.ts';
import { durationOr, vusOr } from './support/shape.ts';

/** The journey of a new customer each time: register, events, analysis, acceptance, active, notified. */
export const options: Options = {
  scenarios: { journeys: { executor: 'constant-vus', vus: vusOr(4), duration: durationOr('30s') } },
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
  const customer = group('sign in', registerAndLogin);
  if (!customer) return;
  group('a month', () => sendCalmMonth(customer));
  const offer = group('analysis', () => pollOffer(customer));
  if (check(offer, { 'has an offer': (present) => present !== null }) && offer) {
    group('acceptance', () => acceptOffer(customer, offer));
  }
}
