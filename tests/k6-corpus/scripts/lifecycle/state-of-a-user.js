// Each user has variables of its own.
// expect: exit 0; checks 3/0
import { check } from 'k6';
export const options = { scenarios: { s: { executor: 'per-vu-iterations', vus: 3, iterations: 1 } } };
let count = 0;
export default function () { count += 1; check(count, { own: (n) => n === 1 }); }
