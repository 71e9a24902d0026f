import type { Options } from 'k6/options';
import { registerAndLogin } from './support/journey.ts';
import { durationOr, vusOr } from './support/shape.ts';

/** New customers sign up and in: the password hash is meant to cost time. */
export const options: Options = {
  scenarios: { 'sign-ins': { executor: 'constant-vus', vus: vusOr(4), duration: durationOr('30s') } },
  thresholds: {
    'http_req_duration{kind:login}': ['p(95)<3000'],
    http_req_failed: ['rate<0.01'],
    checks: ['rate>0.99'],
  },
};

export default function (): void {
  registerAndLogin();
}
