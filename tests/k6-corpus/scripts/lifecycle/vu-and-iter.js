// expect: exit 0; checks 12/0
import { check } from 'k6';
export const options = { vus: 2, iterations: 4 };
let count = 0;
const inInit = typeof __ITER;
export function setup() { return typeof __ITER; }
export default function (inSetup) {
  check(null, { vu: () => __VU >= 1 && __VU <= 2, iter: () => __ITER === count, before: () => inInit === 'undefined' && inSetup === 'undefined' });
  count += 1;
}
