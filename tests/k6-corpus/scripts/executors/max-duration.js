// expect: exit 0; iterations 1; metric dropped_iterations count 2
import { sleep } from 'k6';
export const options = { scenarios: { s: { executor: 'shared-iterations', vus: 1, iterations: 3, maxDuration: '1s' } } };
export default function () { sleep(1.2); }
