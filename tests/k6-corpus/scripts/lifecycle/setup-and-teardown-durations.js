// expect: exit 0; iterations 2
import { sleep } from 'k6';
export const options = {
  iterations: 2,
  thresholds: {
    'iteration_duration{group:::setup}': ['min>100'],
    'iteration_duration{group:::teardown}': ['min>100'],
    'iteration_duration{scenario:default}': ['max<100'],
  },
};
export function setup() { sleep(0.2); }
export default function () {}
export function teardown() { sleep(0.2); }
