// expect: exit 0; checks 8/0
import { check } from 'k6';
export const options = { vus: 2, iterations: 4 };
let count = 0;
export default function () { check(null, { vu: () => __VU >= 1 && __VU <= 2, iter: () => __ITER === count }); count += 1; }
